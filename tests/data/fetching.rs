//! Fetching, call by call, from a file and from a server.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::LazyLock;
use std::thread;

use ponderscope::dataset::fetch::{self, Downloaded, FetchError, Outcome, Published};
use ponderscope::dataset::{Labelled, Split};
use ponderscope::jobs::Cancel;
use tar::EntryType;

use super::archive::{ALL, BATCH_BYTES, Packer, md5, unpacked};
use super::names_in;

/// The whole data set, among what does not belong to it.
static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    Packer::new()
        .entry(EntryType::Directory, "cifar-10-batches-bin/", &[][..], 0)
        .file("cifar-10-batches-bin/readme.html", b"<html>")
        .file("../../data_batch_1.bin", b"from above")
        .file("/data_batch_2.bin", b"from the root")
        .file("cifar-10-batches-bin/../test_batch.bin", b"from aside")
        .entry(EntryType::Symlink, "cifar-10-batches-bin/data_batch_3.bin", &[][..], 0)
        .all()
        .file("cifar-10-batches-bin/test_batch.bin", b"once more")
        .finish()
});

/// Fetches from an archive that is held to be published.
fn from_archive(bytes: &[u8], folder: &Path) -> Result<Outcome, FetchError> {
    let place = tempfile::tempdir().unwrap();
    let archive = place.path().join("archive.tar.gz");
    fs::write(&archive, bytes).unwrap();
    let published = Published { url: "http://127.0.0.1:1/", md5: &md5(bytes) };
    fetch::cifar10(&published, Some(&archive), folder, &Cancel::new(), |_| panic!("there is an archive"))
}

/// Answers one request with `bytes`, the first `sent` of them, and the status line `status`.
fn serve(status: &'static str, bytes: &'static [u8], sent: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/cifar.tar.gz", listener.local_addr().unwrap());
    let answer = move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.extend(byte);
        }
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", bytes.len()).unwrap();
        // Who has seen enough hangs up.
        stream.write_all(&bytes[..sent]).ok();
    };
    thread::Builder::new().spawn(answer).unwrap();
    url
}

/// Nothing was left behind, and the sentence has what it must.
fn told(outcome: Result<Outcome, FetchError>, folder: &Path, parts: &[&str]) {
    let error = outcome.unwrap_err().to_string();
    for part in parts {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains(".partial") && error.lines().count() == 1, "{error}");
    assert!(names_in(folder).is_empty(), "{:?}", names_in(folder));
}

#[test]
fn an_archive_gives_its_seven_files_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("new/data");
    let target = folder.join("cifar-10-batches-bin");
    assert_eq!(from_archive(&WHOLE, &folder).unwrap(), Outcome::Written(target.clone()));
    assert_eq!(names_in(&folder), ["cifar-10-batches-bin"]);
    assert_eq!(names_in(&target), ALL);
    assert_eq!(names_in(place.path()), ["new"]);
    let train = Labelled::open(&folder, Split::Train).unwrap();
    assert_eq!([0, 1, 10_000, 40_000].map(|index| train.label(index)), [0, 0, 1, 4]);
    assert_eq!(train.classes().concat(), "abcdefghij");
    assert_eq!(Labelled::open(&target, Split::Test).unwrap().label(0), 5);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let usual = place.path().join("usual");
        fs::create_dir(&usual).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&target), mode(&usual));
    }
}

#[test]
fn what_is_damaged_is_replaced_and_what_is_whole_is_kept() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("cifar-10-batches-bin");
    unpacked(&target);
    fs::write(target.join("your-notes.txt"), "mine").unwrap();
    assert_eq!(from_archive(b"never read", place.path()).unwrap(), Outcome::AlreadyThere(target.clone()));
    assert_eq!(from_archive(b"never read", &target).unwrap(), Outcome::AlreadyThere(target.clone()));

    fs::write(target.join("test_batch.bin"), "cut short").unwrap();
    assert!(matches!(from_archive(b"nonsense", place.path()), Err(FetchError::Damaged { .. })));
    assert_eq!(fs::read(target.join("test_batch.bin")).unwrap(), b"cut short");
    assert_eq!(names_in(place.path()), ["cifar-10-batches-bin"]);

    assert_eq!(from_archive(&WHOLE, &target).unwrap(), Outcome::Written(target.clone()));
    assert_eq!(Labelled::open(place.path(), Split::Test).unwrap().label(0), 5);
    assert_eq!(names_in(&target), [&ALL[..], &["your-notes.txt"]].concat());
}

#[test]
fn a_download_is_whole_and_tells_how_far_it_is() {
    let place = tempfile::tempdir().unwrap();
    let url = serve("200 OK", &WHOLE, WHOLE.len());
    let mut last = Downloaded { bytes: 0, total: None };
    let published = Published { url: &url, md5: &md5(&WHOLE).to_uppercase() };
    let outcome = fetch::cifar10(&published, None, place.path(), &Cancel::new(), |downloaded| {
        assert!(downloaded.bytes > last.bytes);
        last = downloaded;
    });
    assert_eq!(outcome.unwrap(), Outcome::Written(place.path().join("cifar-10-batches-bin")));
    assert_eq!(last, Downloaded { bytes: WHOLE.len() as u64, total: Some(WHOLE.len() as u64) });
    assert_eq!(names_in(place.path()), ["cifar-10-batches-bin"]);
}

#[test]
fn a_failed_download_names_the_address_and_the_way_out() {
    let place = tempfile::tempdir().unwrap();
    let fetch = |url: &str| {
        let published = Published { url, md5: "0" };
        fetch::cifar10(&published, None, place.path(), &Cancel::new(), |_| {})
    };
    for (url, reason) in [
        (serve("404 Not Found", b"gone", 4), "404"),
        (serve("200 OK", b"all of it", 3), "cannot download"),
        ("http://127.0.0.1:1/cifar.tar.gz".to_owned(), "refused"),
    ] {
        told(fetch(&url), place.path(), &[&format!("cannot download {url} ("), reason, "--archive"]);
    }
    let url = serve("200 OK", b"another file", 12);
    let found = md5(b"another file");
    told(fetch(&url), place.path(), &[&url, "is not the archive that was published", &found, "--archive"]);
}

#[test]
fn a_download_is_cancelled_however_silent_the_server() {
    let place = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let cancel = Cancel::new();
    let folder = place.path().join("new/data");
    let published = Published { url: &url, md5: "0" };
    let outcome = thread::scope(|scope| {
        let fetching = scope.spawn(|| fetch::cifar10(&published, None, &folder, &cancel, |_| {}));
        let _silent = listener.accept().unwrap();
        cancel.cancel();
        fetching.join().unwrap()
    });
    told(outcome, place.path(), &["cancelled: ", "new/data is as it was before"]);
}

#[test]
fn an_archive_that_holds_something_else_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let refused = |packer: Packer, parts: &[&str]| {
        told(from_archive(&packer.finish(), place.path()), place.path(), parts);
    };
    let first = "cifar-10-batches-bin/data_batch_1.bin";
    let traversing = Packer::new().batch("../cifar-10-batches-bin/data_batch_1.bin", 0).class_names();
    refused(traversing, &["archive.tar.gz does not hold CIFAR-10", "is missing"]);
    let link = Packer::new().entry(EntryType::Symlink, first, &[][..], 0);
    refused(link, &["data_batch_1.bin is missing"]);
    refused(Packer::new().batch(first, 10), &["data_batch_1.bin has label 10 in record 0"]);
    refused(Packer::new().file(first, b"short"), &["data_batch_1.bin has 5 bytes instead of 30730000"]);
    let zeros = || std::io::repeat(0).take(BATCH_BYTES as u64 + 1);
    let long = Packer::new().entry(EntryType::Regular, first, zeros(), BATCH_BYTES + 1);
    refused(long, &["data_batch_1.bin has 30730001 bytes instead of 30730000"]);
}

#[test]
fn an_archive_that_cannot_be_unpacked_is_named() {
    let place = tempfile::tempdir().unwrap();
    let cut = &WHOLE[..WHOLE.len() / 2];
    for bytes in [cut, b"", b"Dear diary"] {
        let parts = &["archive.tar.gz ", "fetch it again"];
        told(from_archive(bytes, place.path()), place.path(), parts);
    }
}

/// An archive that unpacks to more than any data set here is read no further.
#[test]
fn a_bomb_is_not_unpacked() {
    let place = tempfile::tempdir().unwrap();
    let size = 257 << 20;
    let zeros = std::io::repeat(0).take(size as u64);
    let bomb = Packer::new().entry(EntryType::Regular, "padding", zeros, size).all().finish();
    told(from_archive(&bomb, place.path()), place.path(), &["archive.tar.gz ", "again"]);
}
