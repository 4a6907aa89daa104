//! What lies in a folder of the library, listed off the screen's thread.

use std::cmp::Ordering;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::Arc;

use crate::dataset::{Kind, entries, has_picture_ending, natural_order};
use crate::explorer::session::PictureSource;
use crate::explorer::stored::{is_export, of_file};
use crate::jobs::{Cancel, Job, News};

use super::search::Query;

/// Names after which a long listing is shown for the first time, and how many times more there are each time after.
const FIRST: usize = 1000;
const MORE: usize = 8;

/// The names of a folder's pictures and exports, in order.
#[derive(Debug, Default)]
pub struct Listing(Vec<OsString>);

/// Tells a listing as far as it is and, at the end, all of it or why there is none.
type Listings = Job<Arc<Listing>, Result<Arc<Listing>, String>>;

/// The names of a listing that are searched for.
#[derive(Clone, Debug, Default)]
pub struct Found {
    listing: Arc<Listing>,
    /// Their places in order; all if none.
    places: Option<Vec<u32>>,
}

/// A folder of the library as far as it is known.
#[derive(Default)]
pub struct Listed {
    listing: Arc<Listing>,
    /// What is shown; of an older listing or search until the newest is searched.
    found: Found,
    search: Search,
    job: Option<Listings>,
    /// Why it could not be listed.
    pub trouble: Option<String>,
    /// It was listed, or is being listed, since anybody last asked for it.
    pub known: bool,
    /// It was listed to the end.
    pub complete: bool,
    /// Its first picture is to be shown once it is listed.
    pub awaited: bool,
}

/// How far the search is through the newest listing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Search {
    #[default]
    Done,
    Asked,
    Wanted,
}

impl Listing {
    /// Lists a folder; of a large one tells now and then how far it is. What is hidden is left out.
    pub fn of(folder: &Path, cancel: &Cancel, tell: &dyn Fn(Arc<Self>)) -> Result<Arc<Self>, String> {
        let mut names = Vec::new();
        let mut next = FIRST;
        for entry in entries(folder).map_err(|error| error.to_string())? {
            if cancel.is_cancelled() {
                break;
            }
            let (name, kind) = entry.map_err(|error| error.to_string())?;
            let path = Path::new(&name);
            if kind == Kind::File && (has_picture_ending(path) || is_export(path)) {
                names.push(name);
            }
            if names.len() == next {
                next *= MORE;
                tell(Self::sorted(names.clone()));
            }
        }
        Ok(Self::sorted(names))
    }

    fn sorted(mut names: Vec<OsString>) -> Arc<Self> {
        names.sort_by(|a, b| order(a, b));
        Arc::new(Self(names))
    }

    /// Where a name stands.
    fn place(&self, name: &OsStr) -> Option<usize> {
        self.0.binary_search_by(|listed| order(listed, name)).ok()
    }
}

/// By the numbers in them, and then to the last letter.
fn order(a: &OsStr, b: &OsStr) -> Ordering {
    natural_order(&a.to_string_lossy(), &b.to_string_lossy()).then_with(|| a.cmp(b))
}

impl Found {
    /// Every name of a listing.
    fn all(listing: Arc<Listing>) -> Self {
        Self { listing, places: None }
    }

    /// The names that fit; none that are searched for after a cancel.
    pub fn of(listing: Arc<Listing>, query: &Query, cancel: &Cancel) -> Self {
        let names = listing.0.iter().zip(0..).take_while(|_| !cancel.is_cancelled());
        let fits = |(name, place): (&OsString, u32)| query.fits(&name.to_string_lossy()).then_some(place);
        let places = names.filter_map(fits).collect();
        Self { listing, places: Some(places) }
    }

    fn len(&self) -> usize {
        self.places.as_ref().map_or(self.listing.0.len(), Vec::len)
    }

    fn name(&self, index: usize) -> Option<&OsStr> {
        let place = match &self.places {
            Some(places) => *places.get(index)? as usize,
            None => index,
        };
        self.listing.0.get(place).map(OsString::as_os_str)
    }

    fn position(&self, name: &OsStr) -> Option<usize> {
        let place = self.listing.place(name)?;
        match &self.places {
            Some(places) => places.binary_search(&u32::try_from(place).ok()?).ok(),
            None => Some(place),
        }
    }
}

impl Listed {
    /// Lists the folder anew; what is known stays until then.
    pub fn refresh(&mut self, folder: &Path, wake: impl Fn() + Send + Sync + 'static) {
        let of_job = folder.to_owned();
        match Job::spawn("listing", wake, move |cancel, tell| {
            Listing::of(&of_job, cancel, &|told| tell(told))
        }) {
            Ok(job) => self.job = Some(job),
            Err(error) => self.trouble = Some(format!("cannot list {} ({error})", folder.display())),
        }
    }

    /// Takes in what was listed; true once it is complete or will never be.
    pub fn absorb(&mut self, query: &Query) -> bool {
        let mut ended = false;
        while let Some(news) = self.job.as_ref().and_then(Job::poll) {
            match news {
                // What was known before is more than the beginning of the same.
                News::Told(listing) if !self.complete => self.take(listing, query),
                News::Told(_) => {}
                News::Ended(outcome) => {
                    ended = true;
                    (self.job, self.trouble, self.complete) = (None, None, true);
                    match outcome {
                        Ok(Ok(listing)) => self.take(listing, query),
                        Ok(Err(sentence)) => self.trouble = Some(sentence),
                        Err(panicked) => self.trouble = Some(panicked.to_string()),
                    }
                }
            }
        }
        ended
    }

    fn take(&mut self, listing: Arc<Listing>, query: &Query) {
        self.listing = listing;
        self.search(query);
    }

    /// Leaves only the names that are searched for: at once if all are, or else as soon as they are found.
    pub fn search(&mut self, query: &Query) {
        if query.is_empty() {
            self.found = Found::all(Arc::clone(&self.listing));
            self.search = Search::Done;
        } else {
            self.search = Search::Wanted;
        }
    }

    /// Whether its names are to be searched, and nobody was asked to.
    pub fn wants_search(&self) -> bool {
        self.search == Search::Wanted
    }

    /// What is to be searched unless that is done.
    pub fn hand_to_search(&mut self) -> Option<Arc<Listing>> {
        (self.search != Search::Done).then(|| {
            self.search = Search::Asked;
            Arc::clone(&self.listing)
        })
    }

    /// Takes in what was found, unless there is a newer listing.
    pub fn show(&mut self, found: Found) {
        if self.search == Search::Asked && Arc::ptr_eq(&found.listing, &self.listing) {
            (self.found, self.search) = (found, Search::Done);
        }
    }

    pub fn is_listing(&self) -> bool {
        self.job.is_some()
    }

    /// Files in the folder, whatever is searched for.
    pub fn files(&self) -> usize {
        self.listing.0.len()
    }

    /// The first file in `folder`, whatever is searched for.
    pub fn first(&self, folder: &Path) -> Option<PictureSource> {
        self.listing.0.first().map(|name| of_file(folder.join(name)))
    }

    /// Files that are searched for.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// File `index` of those that are searched for, in `folder`.
    pub fn get(&self, folder: &Path, index: usize) -> Option<PictureSource> {
        Some(of_file(folder.join(self.found.name(index)?)))
    }

    /// Where a picture stands among the files that are searched for.
    pub fn position(&self, folder: &Path, source: &PictureSource) -> Option<usize> {
        let path = source.path().filter(|path| path.parent() == Some(folder))?;
        self.found.position(path.file_name()?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    use super::*;

    fn listed(folder: &Path) -> Listed {
        let mut listed = Listed::default();
        listed.refresh(folder, || ());
        wait(&mut listed);
        listed
    }

    fn wait(listed: &mut Listed) {
        let began = Instant::now();
        while !listed.absorb(&Query::default()) {
            assert!(began.elapsed() < Duration::from_secs(60));
            std::thread::yield_now();
        }
    }

    fn file(folder: &Path, name: &str) -> PictureSource {
        of_file(folder.join(name))
    }

    #[test]
    fn pictures_and_exports_are_listed_by_the_numbers_in_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for name in ["10.png", "9.PNG", "maps.h5", "notes.txt", ".hidden.png"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        let listed = listed(folder);
        let all: Vec<_> = (0..listed.len()).map(|index| listed.get(folder, index).unwrap()).collect();
        assert_eq!(all, ["9.PNG", "10.png", "maps.h5"].map(|name| file(folder, name)));
        assert_eq!(listed.get(folder, 3), None);
        for index in [2, 0, 1, 1] {
            assert_eq!(listed.position(folder, &all[index]), Some(index));
        }
        assert_eq!(listed.position(folder, &file(folder, "8.png")), None);
        assert_eq!(listed.position(Path::new("/elsewhere"), &all[0]), None);
    }

    #[test]
    fn a_search_leaves_what_it_looks_for_and_ends_with_everything_back() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["cat 1.png", "dog 1.png", "cat 2.png"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let mut listed = listed(folder.path());
        let query = Query::new("CAT");
        listed.search(&query);
        assert!(listed.wants_search() && listed.len() == 3, "what is there stays until others are found");
        let outdated = Found::of(Arc::default(), &query, &Cancel::new());
        let searched = listed.hand_to_search().unwrap();
        listed.show(outdated);
        assert_eq!(listed.len(), 3);
        listed.show(Found::of(searched, &query, &Cancel::new()));
        assert!(listed.hand_to_search().is_none());
        assert_eq!((listed.len(), listed.files()), (2, 3));
        let second = file(folder.path(), "cat 2.png");
        assert_eq!(listed.get(folder.path(), 1).as_ref(), Some(&second));
        assert_eq!(listed.position(folder.path(), &second), Some(1));
        assert_eq!(listed.position(folder.path(), &file(folder.path(), "dog 1.png")), None);
        listed.search(&Query::default());
        assert_eq!(listed.len(), 3);
    }

    #[test]
    fn a_large_folder_is_shown_long_before_it_is_listed() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..FIRST + 1 {
            std::fs::write(folder.path().join(format!("{number}.png")), "").unwrap();
        }
        let told = Mutex::new(Vec::new());
        let tell = |listing: Arc<Listing>| told.lock().unwrap().push(listing.0.len());
        let all = Listing::of(folder.path(), &Cancel::new(), &tell).unwrap();
        assert_eq!((told.into_inner().unwrap(), all.0.len()), (vec![FIRST], FIRST + 1));
        let cancel = Cancel::new();
        cancel.cancel();
        assert_eq!(Listing::of(folder.path(), &cancel, &|_| ()).unwrap().0.len(), 0);
    }

    #[test]
    fn a_folder_that_is_gone_keeps_what_was_known_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("album");
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("a.png"), "").unwrap();
        let mut listed = listed(&path);
        std::fs::write(path.join("b.png"), "").unwrap();
        listed.refresh(&path, || ());
        wait(&mut listed);
        assert_eq!((listed.len(), &listed.trouble), (2, &None));
        std::fs::remove_dir_all(&path).unwrap();
        listed.refresh(&path, || ());
        wait(&mut listed);
        assert!(listed.len() == 2 && listed.trouble.as_ref().unwrap().contains("album"));
    }
}
