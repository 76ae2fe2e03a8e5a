//! Compressed files, token tables and exported tokens through the real program.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn mullion(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mullion")).args(arguments).current_dir(folder).output().unwrap()
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = mullion(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned() + &errors
}

/// Runs a command that must fail, and checks that its message says each of `said`.
fn refused(folder: &Path, arguments: &[&str], said: &[&str]) {
    let output = mullion(folder, arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{arguments:?} was accepted");
    assert!(!message.contains("panicked"), "{arguments:?}: {message}");
    for words in said {
        assert!(message.contains(words), "{arguments:?} does not say `{words}`: {message}");
    }
}

/// Bytes of every kind: text, all values, invalid UTF-8, long runs, right-to-left and combining characters.
fn mixed() -> Vec<u8> {
    let mut bytes = b"The windows of the text, the code of the window.\n".repeat(20);
    bytes.extend(0..=255u8);
    bytes.extend([0; 300]);
    bytes.extend("עברית وعربية e\u{301}\u{308} 👩‍👩‍👧".as_bytes());
    bytes.extend([0xff, 0xc3, 0xe2, 0x82]);
    bytes
}

/// One method of every kind that codes bytes.
const LOSSLESS: [&str; 16] = [
    "Bytes",
    "GPT-2",
    "cl100k",
    "AC[v=256]",
    "StaticAC[v=256, p=16]",
    "EqualInfoAC[b=16, v=65k]",
    "EqualInfoAC[b=32, v=256, greedy]",
    "EqualInfoAC[b=24, v=65k, delay]",
    "EqualInfoAC[b=32, v=256, reset=3]",
    "EqualInfoAC[b=32, v=256, greedy, reset=never]",
    "EqualInfoAC[b=40, v=256, words=6]",
    "GZip[v=65k, bare]",
    "EqualText[n=5, v=256, delimited]",
    "Huffman[v=2, m1]",
    "ANS[v=256]",
    "EntropyCut[h=3, v=256]",
];

#[test]
fn every_method_gives_every_file_back() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("text"), mixed()).unwrap();
    fs::write(folder.join("empty"), b"").unwrap();
    fs::write(folder.join("one"), b"\xff").unwrap();
    for method in LOSSLESS {
        for file in ["text", "empty", "one"] {
            let report = done(
                folder,
                &["compress", file, "-o", "out.mul", "-m", method, "--m1", "micro", "--chunk-bytes", "500", "--force"],
            );
            assert!(report.contains("payload"), "{report}");
            done(folder, &["decompress", "out.mul", "-o", "back", "--m1", "micro", "--force"]);
            assert_eq!(
                fs::read(folder.join("back")).unwrap(),
                fs::read(folder.join(file)).unwrap(),
                "{method}: {file}"
            );
        }
    }
}

#[test]
fn pipes_work_and_the_m1_in_the_box_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let through = |arguments: &[&str], input: &[u8]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mullion"))
            .args(arguments)
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    for method in ["EqualInfoAC[b=16, v=256]", "Huffman[v=256]", "StaticAC[v=256]"] {
        let text = "The windows of the text, the code of the window.\n".repeat(200).into_bytes();
        let compressed = through(&["compress", "--m1", "micro", "-m", method], &text);
        assert!(4 * compressed.len() < 3 * text.len(), "{method}: {} of {}", compressed.len(), text.len());
        assert_eq!(through(&["decompress"], &compressed), text);
    }
}

#[test]
fn damage_names_its_chunk_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("text"), mixed()).unwrap();
    done(folder, &["compress", "text", "--m1", "micro", "--chunk-bytes", "400"]);
    let info = done(folder, &["decompress", "text.mul", "--info"]);
    let chunks = mixed().len().div_ceil(400);
    assert!(info.contains("EqualInfoAC[b=16, v=65k]") && info.contains(&format!("in {chunks} chunks")), "{info}");
    let whole = fs::read(folder.join("text.mul")).unwrap();

    let mut damaged = whole.clone();
    let middle = whole.len() / 2;
    damaged[middle] ^= 4;
    fs::write(folder.join("damaged.mul"), &damaged).unwrap();
    refused(folder, &["decompress", "damaged.mul"], &["chunk", "damaged"]);
    assert!(!folder.join("damaged").exists());
    fs::write(folder.join("cut.mul"), &whole[..whole.len() - 60]).unwrap();
    refused(folder, &["decompress", "cut.mul"], &["cut short"]);
    fs::write(folder.join("longer.mul"), [whole.as_slice(), b"x"].concat()).unwrap();
    refused(folder, &["decompress", "longer.mul"], &["something follows"]);
    fs::write(folder.join("foreign.mul"), b"PK\x03\x04 and more").unwrap();
    refused(folder, &["decompress", "foreign.mul"], &["this is no compressed file"]);
    // No file is written over, and no other M1 makes other bytes of it.
    refused(folder, &["decompress", "text.mul"], &["is there already", "--force"]);
    refused(folder, &["decompress", "text.mul", "--force", "--m1", "3m"], &["m1-"]);
    assert_eq!(fs::read(folder.join("text")).unwrap(), mixed());
    assert!(
        fs::read_dir(folder).unwrap().all(|entry| !entry.unwrap().file_name().to_string_lossy().contains("partial"))
    );
}

#[test]
fn what_cannot_be_compressed_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("text"), b"text").unwrap();
    refused(folder, &["compress", "text", "-m", "SentencePiece"], &["does not give every byte back"]);
    refused(folder, &["compress", "text", "-m", "LZMA"], &["there is no method", "the methods are"]);
    refused(folder, &["compress", "nothing"], &["could not read nothing"]);
    refused(folder, &["compress", ".", "-o", "x.mul"], &["could not read ."]);
    refused(folder, &["compress", "text", "-o", "no/such/folder.mul"], &["folder"]);
    refused(folder, &["compress", "text", "--chunk-bytes", "0"], &["chunk-bytes"]);
    refused(folder, &["decompress", "text"], &["this is no compressed file"]);
    // Nothing that is there is lost.
    refused(folder, &["compress", "text", "-o", "text", "--force"], &["is what is read"]);
    fs::write(folder.join("text.mul"), b"mine").unwrap();
    refused(folder, &["compress", "text"], &["is there already", "--force"]);
    refused(folder, &["export-tokens", "text", "-m", "Bytes", "-o", "text", "--force"], &["is what is read"]);
    refused(folder, &["export-tokens", "text", "-m", "Bytes", "-o", "text.mul"], &["is there already"]);
    let kept = ["text", "text.mul"].map(|file| fs::read(folder.join(file)).unwrap());
    assert_eq!(kept, [b"text".to_vec(), b"mine".to_vec()]);
    // Counts of a training text are in no file.
    refused(folder, &["compress", "text", "-o", "x.mul", "-m", "AC[v=256]", "--m1", "unigram"], &["StaticAC"]);
}

#[test]
fn tables_say_what_comes_back_and_what_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("text.txt"), "One  text\nwith {braces}.\n".repeat(30)).unwrap();
    let methods = ["Bytes", "SentencePiece", "EqualInfoAC[b=16, v=256, greedy]", "StaticAC[v=256]"];
    let mut arguments = vec!["tokenize", "text.txt", "--m1", "uniform", "--training-bytes", "20000", "--json"];
    methods.iter().for_each(|method| arguments.extend(["-m", method]));
    let rows: serde_json::Value = serde_json::from_slice(&mullion(folder, &arguments).stdout).unwrap();
    let row = |index: usize, key: &str| rows[index][key].clone();
    for (index, method) in methods.iter().enumerate() {
        assert_eq!(row(index, "method"), *method);
        let ratio = row(index, "bytes").as_f64().unwrap() / row(index, "tokens").as_f64().unwrap();
        assert!((row(index, "token_ratio").as_f64().unwrap() - ratio).abs() < 1e-9);
    }
    assert_eq!(row(0, "round_trip")["result"], "proven");
    assert_eq!(row(1, "round_trip")["result"], "lost");
    // Each line loses a space of two, the line break and the two braces.
    assert!(row(1, "round_trip")["bytes"].as_u64().unwrap() >= 4 * 29, "{}", row(1, "round_trip"));
    // Every byte costs more than 8 bits with the end of a document among them, so a window of 16 bits has one.
    assert_eq!(row(2, "windows"), row(0, "tokens"));
    assert_eq!(row(2, "model"), "uniform");
    assert!(row(3, "unigram_bits_per_byte").as_f64().unwrap() > 0.0);

    let explained = done(folder, &["tokenize", "text.txt", "-m", "Bytes", "--training-bytes", "0", "--explain"]);
    assert!(explained.contains("raw source bytes") && explained.contains("1 documents"), "{explained}");
    let csv = done(folder, &["tokenize", "text.txt", "-m", "Bytes", "--training-bytes", "0", "--csv"]);
    assert_eq!(csv.lines().next().unwrap().split(',').count(), csv.lines().nth(1).unwrap().split(',').count());
    refused(
        folder,
        &["tokenize", "text.txt", "-m", "EqualInfAC[b=16, v=256]"],
        &["is EqualInfoAC[b=16, v=256] meant?"],
    );
    refused(folder, &["tokenize", "text.txt", "-m", "HuggingFace[no.json]"], &["no.json could not be read"]);
}

#[test]
fn exported_tokens_are_numbers_with_a_sidecar() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("text.txt"), "a text of some bytes, and of some more.\n".repeat(40)).unwrap();
    done(folder, &["export-tokens", "text.txt", "-m", "Bytes", "-o", "bytes.npy"]);
    let npy = fs::read(folder.join("bytes.npy")).unwrap();
    let array = npyz::NpyFile::new(npy.as_slice()).unwrap();
    // Forty lines of forty bytes, without the white space behind them, and the end of the document.
    assert_eq!(array.shape(), [1599 + 1]);
    let numbers: Vec<u16> = array.into_vec().unwrap();
    assert_eq!((&numbers[..6], numbers[1599]), (b"a text".map(u16::from).as_slice(), 256));
    let sidecar: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("bytes.npy.json")).unwrap()).unwrap();
    assert_eq!(
        (&sidecar["tokens"], &sidecar["bytes"], &sidecar["vocabulary"]),
        (&1600.into(), &1599.into(), &257.into())
    );
    assert_eq!(sidecar["number"], "u16");

    done(folder, &["export-tokens", "text.txt", "-m", "o200k", "-o", "o200k.bin"]);
    let sidecar: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("o200k.bin.json")).unwrap()).unwrap();
    let raw = fs::read(folder.join("o200k.bin")).unwrap();
    assert_eq!((raw.len() as u64, &sidecar["number"]), (4 * sidecar["tokens"].as_u64().unwrap(), &"u32".into()));
    refused(
        folder,
        &["export-tokens", "text.txt", "-m", "o200k", "--bits", "16", "-o", "x.bin"],
        &["16 bits cannot number"],
    );
    assert!(!folder.join("x.bin").exists() && !folder.join("x.bin.numbers.partial").exists());
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("text"), "much text, for which the model takes its time. ".repeat(40_000)).unwrap();
    fs::write(folder.join("out.mul"), b"mine").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mullion"))
        .args(["compress", "text", "-o", "out.mul", "--force", "-m", "AC[v=256]"])
        .current_dir(folder)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let partial = format!("out.mul.{}.partial", child.id());
    while !folder.join(&partial).exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it began to write");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(String::from_utf8_lossy(&output.stderr).contains("stopped"));
    assert_eq!(fs::read(folder.join("out.mul")).unwrap(), b"mine");
    assert!(!folder.join(&partial).exists());
}
