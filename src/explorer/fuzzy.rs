//! Finding entries by a few of their letters, in order: `htr` finds `Halting threshold`.

/// Points for a letter that is found, more where a word begins and where the letter before it was found too.
const LETTER: i32 = 8;
const WORD: i32 = 10;
const BEGINNING: i32 = 4;
const NEXT: i32 = 12;
/// Points lost where letters are left out between two that are found.
const GAP: i32 = 3;

/// How well a query is found in a text, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub score: i32,
    /// Places of the letters that were found, counted in characters, in ascending order.
    pub at: Vec<usize>,
}

/// Finds every word of `query` in `text`, each by its letters in order, the words in any order. Capitals make no
/// difference. An empty query is found everywhere; `None` if a word is not found.
pub fn find(query: &str, text: &str) -> Option<Found> {
    let letters: Vec<char> = text.chars().map(lower).collect();
    let mut found = Found::default();
    for word in query.split_whitespace() {
        let word: Vec<char> = word.chars().map(lower).collect();
        let Found { score, at } = find_word(&word, &letters)?;
        found.score += score;
        found.at.extend(at);
    }
    found.at.sort_unstable();
    found.at.dedup();
    // Of two texts in which as much is found, the shorter has less beside it.
    found.score = 64 * found.score - letters.len() as i32;
    Some(found)
}

/// The best of all ways in which `word` is found: for each of its letters, the best way that ends at each place.
fn find_word(word: &[char], text: &[char]) -> Option<Found> {
    if word.len() > text.len() {
        return None;
    }
    let mut ways: Vec<Vec<Option<Way>>> = Vec::with_capacity(word.len());
    for (index, letter) in word.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| ways.get(index));
        let mut row = Vec::with_capacity(text.len());
        // The best way of the letters before that ends two places back or earlier.
        let mut far: Option<Way> = None;
        for (place, here) in text.iter().enumerate() {
            if let Some(before) = before {
                let back = place.checked_sub(2).and_then(|back| before[back]);
                let back = back.map(|way| Way { score: way.score, from: place.checked_sub(2) });
                far = better(far, back);
            }
            let near = place.checked_sub(1).and_then(|near| before?[near]);
            let near = near.map(|way| Way { score: way.score + NEXT, from: place.checked_sub(1) });
            let jump = far.map(|way| Way { score: way.score - GAP, ..way });
            let came = if before.is_none() { Some(Way { score: 0, from: None }) } else { better(near, jump) };
            let own = LETTER + worth(text, place);
            row.push(came.filter(|_| here == letter).map(|way| Way { score: way.score + own, ..way }));
        }
        ways.push(row);
    }
    let last = ways.last()?.iter().enumerate();
    let ends = last.filter_map(|(place, way)| Some((place, (*way)?)));
    let (mut place, best) = ends.max_by_key(|(place, way)| (way.score, std::cmp::Reverse(*place)))?;
    let mut at = vec![place];
    for row in ways.iter().rev() {
        let Some(from) = row[place].and_then(|way| way.from) else { break };
        place = from;
        at.push(place);
    }
    at.reverse();
    Some(Found { score: best.score, at })
}

/// Letters found up to a place: points, and the place of the letter before.
#[derive(Clone, Copy)]
struct Way {
    score: i32,
    from: Option<usize>,
}

fn better(a: Option<Way>, b: Option<Way>) -> Option<Way> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.score > a.score { b } else { a }),
        (a, b) => a.or(b),
    }
}

/// What a place is worth besides its letter.
fn worth(text: &[char], place: usize) -> i32 {
    match place.checked_sub(1).map(|before| text[before]) {
        None => WORD + BEGINNING,
        Some(before) if !before.is_alphanumeric() => WORD,
        Some(_) => 0,
    }
}

/// In lower case, one character for one, so that places stay what they are.
fn lower(letter: char) -> char {
    let mut lower = letter.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) => lower,
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn best<'a>(query: &str, texts: &[&'a str]) -> &'a str {
        texts.iter().max_by_key(|text| find(query, text).map(|found| found.score)).unwrap()
    }

    #[test]
    fn letters_are_found_in_order_whatever_lies_between() {
        assert_eq!(find("htr", "Halting threshold").unwrap().at, [0, 8, 10]);
        assert_eq!(find("THR", "Halting threshold").unwrap().at, [8, 9, 10]);
        assert_eq!(find("rht", "Halting threshold"), None);
        assert!(find("", "anything").unwrap().at.is_empty());
    }

    #[test]
    fn words_may_stand_in_any_order() {
        assert!(find("3 cat", "Show Cat 3").is_some());
        assert_eq!(find("cat dog", "Show Cat 3"), None);
    }

    #[test]
    fn what_a_person_means_comes_first() {
        assert_eq!(best("zo", &["Horizontal boat", "Zoom in"]), "Zoom in");
        assert_eq!(best("fit", &["Map of first unit", "Fit to window"]), "Fit to window");
        assert_eq!(best("om", &["Open model…", "Zoom in"]), "Open model…");
        assert_eq!(best("cat 1", &["Show Cat 1", "Show Cat 10"]), "Show Cat 1");
        assert_eq!(best("map", &["Mean age of people", "Colour map: Magma"]), "Colour map: Magma");
    }

    proptest! {
        #[test]
        fn the_letters_found_spell_the_query(text in "[A-Za-z ]{0,30}", picks in prop::collection::vec(0_usize..30, 0..8)) {
            let letters: Vec<char> = text.chars().collect();
            let mut picks: Vec<usize> = picks.into_iter().filter(|pick| letters.get(*pick).is_some_and(|l| *l != ' ')).collect();
            picks.sort_unstable();
            picks.dedup();
            let query: String = picks.iter().map(|pick| letters[*pick]).collect();
            let found = find(&query, &text).unwrap();
            let spelt: String = found.at.iter().map(|at| letters[*at]).collect();
            prop_assert_eq!(spelt.to_lowercase(), query.to_lowercase());
        }
    }
}
