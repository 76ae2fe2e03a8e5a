//! What every figure of the table is of.

use super::Tokenize;
use super::row::Row;
use crate::command::coder::Coder;
use crate::command::texts::Texts;
use std::fmt::Write;

/// Says of each figure which bytes, tokens and model it is of.
pub fn figures(rows: &[Row], texts: &Texts, training_bytes: u64, coder: &Coder, options: &Tokenize) -> String {
    let mut text = String::new();
    let Texts { documents, bytes, source } = texts;
    let mut line = |line: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    };
    line(format!("text         {}: {documents} documents, {bytes} raw bytes", source.identity()));
    line(format!(
        "examples     each document is followed by its end, 128 are joined, and cut into examples of {} symbols, each coded by \
         itself",
        options.example_bytes
    ));
    line(
        "bytes        raw source bytes of the documents; their ends are coded, but are no bytes. White space behind a document, \
         blank lines between documents and a byte-order mark belong to none"
            .to_owned(),
    );
    line("bytes/token  bytes over tokens; each example's last token counts, filled up or not".to_owned());
    line("bit ratio    8 bits a byte over the bits of the tokens, each as many as are said below: those that name it, and 8 for Bytes, as in the paper".to_owned());
    line("uniform      tokens × log2(vocabulary) over bytes".to_owned());
    match training_bytes {
        0 => line("unigram      not asked for".to_owned()),
        wanted => line(format!(
            "unigram      tokens × −log2 of their frequency over bytes; frequencies are of the tokens of {wanted} bytes, to the end of an example, \
             of the training split of {}, in the order of seed {}, and one is added to each",
            options.training.source().map_or("the training text".to_owned(), |source| source.identity().to_string()),
            options.training.seed(),
        )),
    }
    line("windows      whatever the method codes by itself within an example".to_owned());
    line("padding      bits of a window that are no information, on average".to_owned());
    line("ambiguous    windows whose code more than one text has".to_owned());
    line("round trip   every example decoded again and compared; where text is normalised, every document".to_owned());
    line(
        "MB/s         10^6 raw bytes encoded a second, on all cores, with what is found out about M1 on the way"
            .to_owned(),
    );
    line(format!("M1           {}", coder.description));
    for row in rows {
        let model = row.model.as_ref().map_or("no model".to_owned(), |model| format!("model {model}"));
        let identity = row.vocabulary_identity.as_ref().map_or(String::new(), |name| format!(" ({name})"));
        let counted = row.training_tokens.map_or(String::new(), |tokens| {
            format!(", unigram of {tokens} training tokens ({} bytes)", row.training_bytes.unwrap_or(0))
        });
        line(format!(
            "{}: {} tokens of a vocabulary of {}{identity}, {:.3} bits each; {model}{counted}",
            row.method, row.tokens, row.vocabulary, row.bits_per_token
        ));
    }
    text
}
