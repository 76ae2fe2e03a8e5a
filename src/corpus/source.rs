//! Which text: the default inside the program, a file, a folder, or several of them.

use std::{
    fmt, fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{CorpusError, input::Format};

/// The default corpus, compressed; `assets/corpus/PROVENANCE.md` says where it comes from.
const DEFAULT_TEXT: &[u8] = include_bytes!("../../assets/corpus/public-domain.txt.zst");
const DEFAULT_NAME: &str = "default";
const DEFAULT_FILE: &str = "public-domain.txt.zst";

/// How much of each file an [`Identity`] hashes: enough to tell corpora apart, and quick for a thousand files.
const IDENTITY_HEAD: u64 = 64 << 10;

/// One or more pieces of text in a settled order. Cheap to clone; holds names and identities, but no text.
#[derive(Debug, Clone)]
pub struct Source {
    identity: Arc<Identity>,
    parts: Arc<[Part]>,
    left_out: Arc<[PathBuf]>,
}

/// One file's worth of text.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Embedded,
    File(PathBuf),
}

impl Source {
    /// The text inside the program: Moby Dick, State of the Union addresses and World Factbook prose, 6 MB.
    pub fn default_corpus() -> Self {
        let identity = PartIdentity {
            name: DEFAULT_NAME.to_owned(),
            bytes: DEFAULT_TEXT.len() as u64,
            head_sha256: hash_head(&DEFAULT_TEXT[..DEFAULT_TEXT.len().min(IDENTITY_HEAD as usize)]),
        };
        Self {
            identity: Arc::new(Identity { name: DEFAULT_NAME.to_owned(), parts: vec![identity] }),
            parts: Arc::from([Part::Embedded]),
            left_out: Arc::from([]),
        }
    }

    /// Reads a name as the command line and experiment files write it: `default`, a path, or several of these with
    /// commas or line breaks between. (A path with a comma in it is fine alone; a file that is called `default` is
    /// `./default`.) Paths are read as by [`Self::from_paths`].
    ///
    /// # Errors
    /// When nothing is named, a path does not exist or cannot be read, or a folder holds no text.
    pub fn parse(text: &str) -> Result<Self, CorpusError> {
        let name = text.trim();
        if name != DEFAULT_NAME && Path::new(name).exists() {
            return Self::from_paths(&[name]);
        }
        let names = name.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty());
        Self::from_paths(&names.collect::<Vec<_>>())
    }

    /// Reads files and folders in the order given; the path `default` is the text inside the program.
    ///
    /// A folder stands for the text files in it and below it, by the ends of their names, sorted by path. Names that
    /// begin with a dot are passed over, and links to folders are not followed.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn from_paths<P: AsRef<Path>>(paths: &[P]) -> Result<Self, CorpusError> {
        let mut listing = Listing::default();
        for path in paths.iter().map(AsRef::as_ref) {
            if path.as_os_str() == DEFAULT_NAME {
                listing.parts.push(Part::Embedded);
            } else {
                listing.add(path)?;
            }
        }
        if listing.parts.is_empty() {
            return Err(CorpusError::Unnamed);
        }
        let name = paths.iter().map(|path| path.as_ref().display().to_string()).collect::<Vec<_>>().join(", ");
        let parts = listing.parts.iter().map(Part::identity).collect::<Result<_, _>>()?;
        Ok(Self {
            identity: Arc::new(Identity { name, parts }),
            parts: listing.parts.into(),
            left_out: listing.left_out.into(),
        })
    }

    /// The source as [`Self::parse`] reads it.
    pub fn name(&self) -> &str {
        &self.identity.name
    }

    /// A record of what is read, for an experiment's store, taken when the source was named.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Files in the named folders whose names do not end like text, so that they were not taken.
    pub fn left_out(&self) -> &[PathBuf] {
        &self.left_out
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }
}

/// What a run read: equal identities mean equal corpora as far as names, sizes and beginnings can tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The source as it was named.
    pub name: String,
    pub parts: Vec<PartIdentity>,
}

impl Identity {
    /// Twelve hexadecimal digits for the sizes and beginnings of all files, whatever they are called and wherever.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for part in &self.parts {
            hash.update(part.bytes.to_le_bytes());
            hash.update(&part.head_sha256);
        }
        hexadecimal(&hash.finalize()[..6])
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.digest())
    }
}

/// One file of an [`Identity`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartIdentity {
    pub name: String,
    /// Size as stored (compressed, where the file is).
    pub bytes: u64,
    /// SHA-256 of the first 64 KiB as stored, in hexadecimal.
    pub head_sha256: String,
}

impl Part {
    /// The part's name in messages and records.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Embedded => DEFAULT_NAME.to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    pub(super) fn format(&self) -> Format {
        match self {
            Self::Embedded => Format::of(Path::new(DEFAULT_FILE)),
            Self::File(path) => Format::of(path),
        }
    }

    /// The bytes as stored, and how many there are.
    pub(super) fn open(&self) -> Result<(Box<dyn Read + Send>, u64), CorpusError> {
        match self {
            Self::Embedded => Ok((Box::new(DEFAULT_TEXT), DEFAULT_TEXT.len() as u64)),
            Self::File(path) => {
                let file = fs::File::open(path).map_err(|source| unreadable(path, source))?;
                let bytes = file.metadata().map_err(|source| unreadable(path, source))?.len();
                Ok((Box::new(file), bytes))
            }
        }
    }

    fn identity(&self) -> Result<PartIdentity, CorpusError> {
        let name = self.name();
        let (reader, bytes) = self.open()?;
        let mut head = Vec::new();
        reader
            .take(IDENTITY_HEAD)
            .read_to_end(&mut head)
            .map_err(|source| CorpusError::Unreadable { name: name.clone(), source })?;
        Ok(PartIdentity { name, bytes, head_sha256: hash_head(&head) })
    }
}

fn hash_head(head: &[u8]) -> String {
    hexadecimal(&Sha256::digest(head))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Files found so far.
#[derive(Default)]
struct Listing {
    parts: Vec<Part>,
    left_out: Vec<PathBuf>,
}

impl Listing {
    /// Takes a file whatever it is called, or all the text in a folder.
    fn add(&mut self, path: &Path) -> Result<(), CorpusError> {
        let metadata = fs::metadata(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => CorpusError::Missing { path: path.display().to_string() },
            _ => unreadable(path, source),
        })?;
        if !metadata.is_dir() {
            self.parts.push(Part::File(path.to_owned()));
            return Ok(());
        }
        let before = self.parts.len();
        self.walk(path)?;
        if self.parts.len() == before {
            return Err(CorpusError::NothingInFolder { path: path.to_owned(), accepted: Format::endings() });
        }
        Ok(())
    }

    fn walk(&mut self, folder: &Path) -> Result<(), CorpusError> {
        let failed = |source| unreadable(folder, source);
        let mut entries =
            fs::read_dir(folder).map_err(failed)?.collect::<Result<Vec<_>, io::Error>>().map_err(failed)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let kind = entry.file_type().map_err(|source| unreadable(&path, source))?;
            if kind.is_dir() {
                self.walk(&path)?;
            } else if path.is_file() && Format::ends_like_text(&path) {
                self.parts.push(Part::File(path));
            } else {
                self.left_out.push(path);
            }
        }
        Ok(())
    }
}

fn unreadable(path: &Path, source: io::Error) -> CorpusError {
    CorpusError::Unreadable { name: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &Source, root: &Path) -> Vec<String> {
        source.parts().iter().map(|part| part.name().replace(&format!("{}/", root.display()), "")).collect()
    }

    #[test]
    fn a_folder_is_read_in_order_and_names_what_it_leaves_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("b/c")).unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        for file in
            ["z.txt", "a.jsonl.gz", "b/x.md", "b/c/y.json.zst", "b/picture.png", "b.txt", ".hidden.txt", ".git/g.txt"]
        {
            fs::write(root.join(file), "x").unwrap();
        }
        let source = Source::parse(&root.display().to_string()).unwrap();
        assert_eq!(names(&source, root), ["a.jsonl.gz", "b/c/y.json.zst", "b/x.md", "b.txt", "z.txt"]);
        assert_eq!(source.left_out(), [root.join("b/picture.png")]);
    }

    #[test]
    fn several_names_are_read_in_the_order_given() {
        let folder = tempfile::tempdir().unwrap();
        let (one, odd) = (folder.path().join("one.txt"), folder.path().join("a, b.txt"));
        fs::write(&one, "x").unwrap();
        fs::write(&odd, "x").unwrap();
        let source = Source::parse(&format!(" {} ,default\n", one.display())).unwrap();
        assert_eq!(names(&source, folder.path()), ["one.txt", "default"]);
        assert_eq!(Source::parse(source.name()).unwrap().name(), source.name());
        assert!(source.identity().to_string().starts_with(&format!("{}, default (", one.display())));
        assert_eq!(names(&Source::parse(&odd.display().to_string()).unwrap(), folder.path()), ["a, b.txt"]);
    }

    #[test]
    fn what_is_not_there_is_named() {
        assert!(matches!(Source::parse(" , "), Err(CorpusError::Unnamed)));
        let error = Source::parse("default, /nowhere/c4.json.gz").unwrap_err();
        assert!(matches!(&error, CorpusError::Missing { path } if path == "/nowhere/c4.json.gz"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("picture.png"), "x").unwrap();
        let error = Source::parse(&folder.path().display().to_string()).unwrap_err();
        assert!(error.to_string().contains(".jsonl"), "{error}");
    }

    #[test]
    fn identities_tell_corpora_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.txt");
        let identity = |text: &str| {
            fs::write(&path, text).unwrap();
            Source::from_paths(&[&path]).unwrap().identity().clone()
        };
        assert_eq!(identity("abc"), identity("abc"));
        assert_ne!(identity("abc"), identity("abd"));
        assert_eq!(
            identity("abc").parts[0].head_sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_ne!(identity("abc").digest(), identity("abd").digest());
        let embedded = Source::default_corpus();
        assert_eq!(embedded.identity(), Source::parse("default").unwrap().identity());
        assert_eq!(embedded.identity().parts[0].bytes, 1_577_024);
    }
}
