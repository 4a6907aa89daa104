//! What is searched for in the library.

/// Words that a name must contain, whatever their case and order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// As it was typed.
    pub text: String,
    words: Vec<String>,
}

impl Query {
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), words: text.split_whitespace().map(str::to_lowercase).collect() }
    }

    /// Whether every name fits.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub fn fits(&self, name: &str) -> bool {
        if self.is_empty() {
            return true;
        }
        let name = name.to_lowercase();
        self.words.iter().all(|word| name.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_counts_and_case_and_order_do_not() {
        let query = Query::new(" Übung CAT ");
        assert!(query.fits("cat, übung 3.png") && !query.fits("cat.png") && !query.fits("ubung cat"));
        assert!(Query::new("  ").fits("anything") && Query::default().is_empty());
    }
}
