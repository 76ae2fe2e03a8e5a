//! What an experiment's figures were made with: M1's identity and those of vocabularies. A resumed one goes on with the same,
//! or says what is different: figures of two M1s do not belong in one table.

use super::RunError;
use crate::durable;
use crate::tokenizer::{Materials, Method, build};
use std::collections::BTreeMap;
use std::path::Path;

/// Notes what the experiment in `folder` is made with, or compares it with what was noted.
///
/// # Errors
/// If it was begun with another M1 or vocabulary, or the note cannot be read or written.
pub fn check(folder: &Path, materials: &Materials, methods: &[Method]) -> Result<(), RunError> {
    let path = folder.join("made-with.json");
    let mut found = BTreeMap::from([("M1".to_owned(), materials.model.identity().to_owned())]);
    for method in methods {
        if let Some(identity) = build(method, materials)?.identity() {
            found.insert(method.to_string(), identity);
        }
    }
    let failed = |source| RunError::Io { path: path.clone(), source };
    if !path.exists() {
        let json = serde_json::to_vec_pretty(&found).map_err(|error| failed(error.into()))?;
        return Ok(durable::replace(&path, |file| file.write_all(&json))?);
    }
    let noted = std::fs::read(&path).map_err(failed)?;
    let noted: BTreeMap<String, String> = serde_json::from_slice(&noted).map_err(|error| failed(error.into()))?;
    let differs = found.iter().find(|(what, identity)| noted.get(*what).is_some_and(|noted| noted != *identity));
    match differs {
        None => Ok(()),
        Some((what, now)) => Err(RunError::MadeWithAnother {
            what: what.clone(),
            was: noted.get(what).cloned().unwrap_or_default(),
            now: now.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::m1::{StandIn, Trees};
    use crate::tokenizer::Fitted;
    use std::sync::Arc;

    #[test]
    fn another_m1_or_vocabulary_is_not_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let methods: Vec<Method> = vec!["Bytes".parse().unwrap(), "GPT-2".parse().unwrap()];
        let mut fitted = Fitted::default();
        fitted.open(&methods[1]).unwrap();
        let uniform = Materials { fitted, ..Materials::new(Arc::new(StandIn::uniform()), Arc::new(Trees::default())) };
        check(folder.path(), &uniform, &methods).unwrap();
        check(folder.path(), &uniform, &methods).unwrap();
        let other = Materials { model: Arc::new(StandIn::unigram([3; 257])), ..uniform };
        let message = check(folder.path(), &other, &methods).unwrap_err().to_string();
        assert!(message.contains("uniform") && message.contains("unigram-"), "{message}");
    }
}
