//! Searches folders for names by a worker: a folder may hold a million of them.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::jobs::Worker;

use super::listing::{Found, Listing};
use super::search::Query;

/// What is searched for, and in which folders.
struct Wanted {
    query: Query,
    folders: Vec<(PathBuf, Arc<Listing>)>,
}

/// The worker.
pub struct Finder(Worker<Wanted, Vec<(PathBuf, Found)>>);

impl Finder {
    /// Starts it; it calls `wake` when something is found.
    pub fn new(wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        let worker = Worker::spawn("finder", wake, |wanted: Wanted, cancel| {
            let Wanted { query, folders } = wanted;
            let search = |(folder, listing)| (folder, Found::of(listing, &query, cancel));
            folders.into_iter().map(search).collect()
        })?;
        Ok(Self(worker))
    }

    /// Searches these folders; what was searched for before is given up.
    pub fn find(&self, query: Query, folders: Vec<(PathBuf, Arc<Listing>)>) {
        self.0.submit(Wanted { query, folders });
    }

    /// What was found since.
    pub fn poll(&self) -> Option<Result<Vec<(PathBuf, Found)>, String>> {
        Some(self.0.poll()?.map_err(|panicked| panicked.to_string()))
    }

    pub fn is_idle(&self) -> bool {
        !self.0.is_busy()
    }
}
