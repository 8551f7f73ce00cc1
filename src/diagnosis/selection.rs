//! Which checks were asked for: `--only` and `--skip`, by id or by area.

use crate::checks;

/// The checks that were asked for.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    only: Vec<String>,
    skip: Vec<String>,
}

impl Selection {
    /// Reads `--only` and `--skip`.
    ///
    /// # Errors
    /// A word that is neither an id nor an area, with the nearest one that is;
    /// or a combination that leaves nothing.
    pub fn new(only: Vec<String>, skip: Vec<String>) -> Result<Selection, String> {
        for word in only.iter().chain(&skip) {
            known(word)?;
        }
        let selection = Selection { only, skip };
        if !checks::ALL.iter().any(|check| selection.asks(check.id)) {
            return Err("--only and --skip together leave no check to run".into());
        }
        Ok(selection)
    }

    /// Whether that check was asked for.
    pub fn asks(&self, id: &str) -> bool {
        (self.only.is_empty() || names(&self.only, id)) && !self.leaves_out(id)
    }

    /// Whether that check was named by `--skip`.
    pub fn leaves_out(&self, id: &str) -> bool {
        names(&self.skip, id)
    }
}

/// Whether one of the words is the id or its area.
fn names(words: &[String], id: &str) -> bool {
    words.iter().any(|word| id == word || id.split('/').next() == Some(word))
}

/// That a word is an id or an area.
///
/// # Errors
/// That it is neither, with the nearest one that is.
pub fn known(word: &str) -> Result<(), String> {
    let words = || checks::ALL.iter().flat_map(|check| [check.id, check.area()]);
    if words().any(|known| known == word) {
        return Ok(());
    }
    Err(unknown(word, words()))
}

/// The message for an unknown word, with the nearest known one.
pub fn unknown<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    let nearest = crate::types::model_name::nearest(word, known);
    let hint = nearest.first().map(|nearest| format!("; did you mean {nearest}?")).unwrap_or_default();
    format!("there is no check or area {word:?}{hint}")
}
