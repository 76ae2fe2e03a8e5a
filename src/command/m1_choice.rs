//! `--m1`: an M1 in the box by its name, or a file.

use super::CommandError;
use crate::m1::file::Unproven;
use crate::m1::{M1File, SHIPPED, Shipped, file};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What `--m1` says.
#[derive(Debug, Clone, PartialEq)]
pub enum M1Choice {
    Shipped(Shipped),
    File(PathBuf),
    /// A stand-in without weights: all symbols are equally likely.
    Uniform,
    /// A stand-in without weights: symbols are as likely as they are frequent in the training text.
    Unigram,
}

impl Default for M1Choice {
    fn default() -> Self {
        Self::Shipped(Shipped::standard())
    }
}

impl FromStr for M1Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match Shipped::named(text) {
            _ if text == "uniform" => Ok(Self::Uniform),
            _ if text == "unigram" => Ok(Self::Unigram),
            Some(shipped) => Ok(Self::Shipped(shipped)),
            None if Path::new(text).extension().is_none() && !Path::new(text).exists() => {
                let names = SHIPPED.map(|shipped| shipped.name).join(", ");
                Err(format!(
                    "there is no M1 {text} in the box ({names}; uniform and unigram are stand-ins), and no file of that name"
                ))
            }
            None => Ok(Self::File(text.into())),
        }
    }
}

impl M1Choice {
    /// Where the trees of this M1, whose identity is known, are kept: beside its file, or, for one in the box, in the user's
    /// cache folder; none where there is no such folder.
    pub fn tree_path(&self, identity: &str, kind: &str) -> Option<PathBuf> {
        match self {
            Self::File(path) => {
                let stem = path.file_stem()?.to_string_lossy();
                Some(path.with_file_name(format!("{stem}.{identity}.{kind}.tree")))
            }
            Self::Shipped(shipped) => {
                let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
                let cache = cache.or_else(|| Some(std::env::home_dir()?.join(".cache")))?;
                Some(cache.join("mullion").join(format!("{}.{identity}.{kind}.tree", shipped.name)))
            }
            Self::Uniform | Self::Unigram => None,
        }
    }

    /// The M1 without its golden hash, for the self-test, which computes it in every way there is.
    pub fn open_unproven(&self) -> Result<(Unproven, String), CommandError> {
        Ok(match self {
            Self::Shipped(shipped) => (shipped.open_unproven()?, format!("{} in the box", shipped.name)),
            Self::File(path) => (file::load_unproven(path)?, path.display().to_string()),
            Self::Uniform | Self::Unigram => return Err(self.no_network()),
        })
    }

    /// The M1 and how to call it: `3m in the box`, or the file's name.
    pub fn open(&self) -> Result<(M1File, String), CommandError> {
        Ok(match self {
            Self::Shipped(shipped) => (shipped.open()?, format!("{} in the box", shipped.name)),
            Self::File(path) => (file::load(path)?, path.display().to_string()),
            Self::Uniform | Self::Unigram => return Err(self.no_network()),
        })
    }

    /// How many bytes its file has.
    pub fn bytes(&self) -> Result<u64, CommandError> {
        match self {
            Self::Shipped(shipped) => Ok(shipped.size() as u64),
            Self::File(path) => match std::fs::metadata(path) {
                Ok(file) => Ok(file.len()),
                Err(source) => Err(CommandError::Read { path: path.clone(), source }),
            },
            Self::Uniform | Self::Unigram => Ok(0),
        }
    }

    fn no_network(&self) -> CommandError {
        let names = SHIPPED.map(|shipped| shipped.name).join(", ");
        CommandError::Usage(format!(
            "uniform and unigram are stand-ins without weights, and this needs a network: choose {names} or a .m1 file"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_files_are_told_apart() {
        assert_eq!("micro".parse(), Ok(M1Choice::Shipped(Shipped::named("micro").unwrap())));
        let file = M1Choice::File("runs/micro.m1".into());
        assert_eq!("runs/micro.m1".parse(), Ok(file.clone()));
        assert_eq!(file.tree_path("m1-0123", "b16"), Some("runs/micro.m1-0123.b16.tree".into()));
        let message = "4m".parse::<M1Choice>().unwrap_err();
        assert!(message.contains("3m, micro"), "{message}");
    }
}
