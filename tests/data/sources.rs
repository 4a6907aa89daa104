//! Every kind of data through the one door: what is listed, and what is read.

use std::fs;
use std::path::{Path, PathBuf};

use hdf5_metno as hdf5;
use hdf5_metno::types::VarLenUnicode;
use image::RgbImage;
use ndarray::{Array1, Array4};
use ponderscope::dataset::{CIFAR10_CLASSES, Content, Dataset, Export, samples};
use ponderscope::image::Input;

const RECORDS: &str = "tests/fixtures/cifar_tfrecord/cifar10_test.tfrecord";

fn open(path: impl AsRef<Path>) -> Dataset {
    Dataset::open(&[path.as_ref().to_owned()]).unwrap()
}

fn error(paths: &[PathBuf]) -> String {
    Dataset::open(paths).unwrap_err().to_string()
}

/// Makes the folders on the way to a picture one pixel high and `width` pixels wide, to be told from others.
fn picture(root: &Path, file: &str, width: u32) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::new(width, 1).save(path).unwrap();
}

fn put(root: &Path, file: &str, content: &[u8]) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// Label and width of every example.
fn seen(data: &Dataset) -> Vec<(Option<usize>, usize)> {
    let width = |content| match content {
        Content::Picture(picture) => picture.width() as usize,
        Content::Input(input) => input.width,
    };
    let read = |index| {
        let example = data.read(index).unwrap();
        assert_eq!(example.name, data.picture_name(index));
        (example.label, width(example.content))
    };
    (0..data.len()).map(read).collect()
}

#[test]
fn samples_are_the_contact_sheet_with_its_labels() {
    let data = Dataset::samples();
    assert_eq!((data.len(), data.name().as_str()), (200, "200 CIFAR-10 samples"));
    assert_eq!(data.classes(), CIFAR10_CLASSES);
    let sheet = image::load_from_memory(samples::cifar_sheet()).unwrap().to_rgb8();
    for index in [0, 19, 62, 199] {
        let (row, column) = (index / samples::COLUMNS, index % samples::COLUMNS);
        let example = data.read(index).unwrap();
        assert_eq!(example.label, Some(row));
        assert_eq!(example.content, Content::Picture(samples::cut_cifar_tile(&sheet, row, column).unwrap()));
    }
    assert_eq!((data.picture_name(0), data.picture_name(62)), ("airplane 1".to_owned(), "cat 3".to_owned()));
    assert!(data.read(200).unwrap_err().to_string().contains("200 examples"));
    assert_eq!(data.picture_name(200), "");
}

#[test]
fn the_references_records_are_the_pictures_of_the_test_set() {
    let (data, sheet) = (open("tests/fixtures/cifar_tfrecord"), Dataset::samples());
    assert_eq!((data.len(), data.name().as_str(), data.is_labelled()), (16, "cifar_tfrecord", true));
    assert_eq!(data.classes(), CIFAR10_CLASSES);
    let mut compared = 0;
    for index in 0..sheet.len() {
        let (row, column) = (index / samples::COLUMNS, index % samples::COLUMNS);
        let record = samples::cifar_tile(row, column).unwrap().test_index;
        if record < data.len() {
            let (found, expected) = (data.read(record).unwrap(), sheet.read(index).unwrap());
            assert_eq!((found.label, &found.content), (expected.label, &expected.content), "record {record}");
            assert!(found.name.ends_with(&format!("cifar10_test.tfrecord[{record}]")), "{}", found.name);
            compared += 1;
        }
    }
    assert_eq!(compared, 16);
}

#[test]
fn threads_share_it() {
    let data = open(RECORDS);
    let alone: Vec<_> = (0..data.len()).map(|index| data.read(index).unwrap()).collect();
    std::thread::scope(|scope| {
        for offset in 0..4 {
            let (data, alone) = (&data, &alone);
            scope.spawn(move || {
                for index in (0..alone.len()).map(|index| (index + 5 * offset) % alone.len()) {
                    assert_eq!(data.read(index).unwrap(), alone[index]);
                }
            });
        }
    });
}

#[test]
fn a_damaged_record_is_missed_alone_and_a_damaged_file_altogether() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("copy.tfrecord");
    let mut bytes = fs::read(RECORDS).unwrap();
    let whole = bytes.len();
    bytes[100] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let data = open(&path);
    let prepare =
        |picture: &RgbImage| Ok(Input { height: picture.height() as usize, width: 1, data: vec![] });
    let examples: Vec<_> = data.examples(prepare).collect();
    let told = examples[0].as_ref().unwrap_err().to_string();
    assert!(told.starts_with("record 0 of") && told.contains("copy.tfrecord is damaged"), "{told}");
    let labels: Vec<_> =
        examples[1..].iter().map(|example| example.as_ref().unwrap().label.unwrap()).collect();
    assert_eq!(labels[..4], [8, 8, 0, 6]);

    fs::write(&path, &bytes[..whole - 1]).unwrap();
    let told = error(&[path]);
    assert!(told.contains("copy.tfrecord is cut short in record 15: copy or download"), "{told}");
}

#[test]
fn files_of_records_follow_in_natural_order_and_those_to_train_on_are_left_out() {
    let place = tempfile::tempdir().unwrap();
    let bytes = fs::read(RECORDS).unwrap();
    let first = 12 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize + 4;
    let copy = |name: &str, bytes: &[u8]| put(place.path(), name, bytes);
    copy("test-10-of-11", &bytes[..first]);
    copy("test-9-of-11", &bytes[first..]);
    copy("notes.txt", b"stray");
    let labels =
        || seen(&open(place.path())).into_iter().map(|(label, _)| label.unwrap()).collect::<Vec<_>>();
    let expected: Vec<usize> = seen(&open(RECORDS)).iter().map(|(label, _)| label.unwrap()).collect();
    let rotated = [&expected[1..], &expected[..1]].concat();
    assert_eq!(labels(), rotated);
    copy("train-0-of-1", b"never looked at");
    assert_eq!(labels(), rotated);
    copy("validation-0-of-1", &bytes);
    assert_eq!(labels(), expected);
    let data =
        Dataset::open(&[place.path().join("test-9-of-11"), place.path().join("test-10-of-11")]).unwrap();
    assert_eq!((data.len(), data.classes().len(), data.name().as_str()), (16, 10, "2 paths"));
    let told = error(&[place.path().join("train-0-of-1")]);
    assert!(told.contains("train-0-of-1 is not a TFRecord file"), "{told}");
}

#[test]
fn class_folders_are_found_in_a_split_or_right_there() {
    let place = tempfile::tempdir().unwrap();
    let root = &place.path().join("pets");
    picture(root, "cat/10.png", 4);
    picture(root, "cat/9.png", 3);
    picture(root, "dog/a.png", 5);
    put(root, "README.md", b"stray");
    let direct = open(root);
    assert_eq!((direct.name().as_str(), direct.classes().join(" ").as_str()), ("pets", "cat dog"));
    assert_eq!(seen(&direct), [(Some(0), 3), (Some(0), 4), (Some(1), 5)]);
    assert_eq!(direct.picture_name(2), root.join("dog/a.png").display().to_string());
    assert_eq!(direct.picture_path(2), Some(root.join("dog/a.png")));

    // Pictures right in the folder come before class folders, and a split to test with before both.
    picture(root, "cover.png", 7);
    assert_eq!(seen(&open(root)), [(None, 7)]);
    assert_eq!(open(root).picture_path(0), Some(root.join("cover.png")));
    assert!(!open(root).is_labelled());
    picture(root, "train/ant/a.png", 1);
    picture(root, "val/cat/a.png", 2);
    assert_eq!((open(root).classes().join(" ").as_str(), seen(&open(root))), ("ant cat", vec![(Some(1), 2)]));
    assert_eq!(seen(&open(root.join("val"))), [(Some(1), 2)]);
}

#[test]
fn folders_named_by_imagenets_ids_are_imagenet() {
    let place = tempfile::tempdir().unwrap();
    picture(place.path(), "n15075141/ILSVRC2012_val_00000001.JPEG", 3);
    picture(place.path(), "n01440764/ILSVRC2012_val_00000002.JPEG", 2);
    let data = open(place.path());
    assert_eq!((data.classes().len(), seen(&data)), (1000, vec![(Some(0), 2), (Some(999), 3)]));
    assert_eq!((data.classes()[0].as_str(), data.classes()[999].as_str()), ("tench", "toilet tissue"));
}

#[test]
fn folders_that_hold_nothing_of_use_are_told_with_the_remedy() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    fs::create_dir(root.join("inner")).unwrap();
    let told = error(&[root.to_owned()]);
    assert!(told.starts_with("there are no pictures in the folder"), "{told}");
    picture(root, "train/cat/a.png", 1);
    let told = error(&[root.to_owned()]);
    assert!(told.contains("has no folder `val` or `test`: make it"), "{told}");
    let told = error(&[root.join("gone")]);
    assert!(told.starts_with("cannot read") && told.contains("gone"), "{told}");
    put(root, "diary.txt", b"Dear diary");
    let told = open(root.join("diary.txt")).read(0).unwrap_err().to_string();
    assert!(told.contains("diary.txt is not a picture"), "{told}");
}

#[test]
fn paths_may_be_mixed_but_have_one_set_of_classes() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    picture(root, "loose.png", 9);
    picture(root, "pets/cat/a.png", 1);
    picture(root, "more/cat/a.png", 2);
    picture(root, "wild/fox/a.png", 3);
    let paths = |names: &[&str]| names.iter().map(|name| root.join(name)).collect::<Vec<_>>();
    let data = Dataset::open(&paths(&["loose.png", "pets", "more"])).unwrap();
    assert_eq!((data.name().as_str(), data.classes().join(" ").as_str()), ("3 paths", "cat"));
    assert_eq!(seen(&data), [(None, 9), (Some(0), 1), (Some(0), 2)]);
    let told = error(&paths(&["loose.png", "pets", "wild"]));
    assert!(told.starts_with("pets and wild have different classes"), "{told}");
}

/// An HDF5 file of `count` images of `edge` x `edge`, and whatever `more` puts into it.
fn export(path: &Path, (count, edge): (usize, usize), more: impl Fn(&hdf5::File) -> hdf5::Result<()>) {
    let file = hdf5::File::create(path).unwrap();
    let images = Array4::<f32>::from_shape_fn((count, edge, edge, 3), |(image, ..)| image as f32);
    file.new_dataset_builder().with_data(&images).create("images").unwrap();
    more(&file).unwrap();
}

fn texts(names: &[&str]) -> Array1<VarLenUnicode> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

#[test]
fn exports_have_the_labels_that_they_were_given() {
    let place = tempfile::tempdir().unwrap();
    let path = &place.path().join("maps.h5");
    let labels = [1_i64, -1, 0, 2];
    export(path, (4, 8), |file| {
        file.new_dataset_builder().with_data(&labels).create("labels")?;
        file.new_dataset_builder().with_data(&texts(&["cat", "Käfer"])).create("class_names")?;
        Ok(())
    });
    let data = open(path);
    assert_eq!(data.picture_path(0), None, "whatever it was exported from");
    assert_eq!(
        (data.name().as_str(), data.classes()),
        ("maps.h5", &["cat".to_owned(), "Käfer".to_owned()][..])
    );
    assert_eq!([0, 1, 2].map(|index| data.read(index).unwrap().label), [Some(1), None, Some(0)]);
    let Content::Input(input) = data.read(2).unwrap().content else { panic!("a picture") };
    assert_eq!((input.height, input.width, input.data), (8, 8, vec![2.0; 8 * 8 * 3]));
    let told = data.read(3).unwrap_err().to_string();
    assert!(told.contains("maps.h5: image 3 has label 2, expected 0 to 1, or -1 for none"), "{told}");

    let path = &place.path().join("others.h5");
    export(path, (3, 8), |file| {
        file.new_dataset_builder().with_data(&[0.0_f32, 1.0, 0.5]).create("labels")?;
        file.new_attr_builder().with_data(&texts(&["ant", "bee"])).create("class_names")?;
        Ok(())
    });
    let data = open(path);
    assert_eq!((data.classes().concat().as_str(), data.read(1).unwrap().label), ("antbee", Some(1)));
    assert!(data.read(2).unwrap_err().to_string().contains("has label 0.5"));
}

#[test]
fn unnamed_classes_of_an_export_are_cifars_or_unknown() {
    let place = tempfile::tempdir().unwrap();
    let path = &place.path().join("maps.h5");
    let classes = |edge: usize, labels: &[i32]| {
        export(path, (labels.len(), edge), |file| {
            file.new_dataset_builder().with_data(labels).create("labels").map(drop)
        });
        open(path).classes().to_owned()
    };
    assert_eq!(classes(32, &[3, -1]), CIFAR10_CLASSES);
    // Nobody says how many there are beyond the largest.
    assert!(classes(32, &[2, 10]).is_empty() && classes(8, &[0, 2]).is_empty());
    assert_eq!(open(path).read(1).unwrap().label, Some(2), "a label is taken as it is");
    assert!(classes(8, &[-1, -1]).is_empty());
    export(path, (3, 8), |file| file.new_dataset_builder().with_data(&[0, 1]).create("labels").map(drop));
    let told = Export::open(path).unwrap_err().to_string();
    assert!(told.contains("`labels` has shape [2], expected one number for each of the 3 images"), "{told}");
    export(path, (3, 8), |_| Ok(()));
    assert_eq!(seen(&open(path)), [(None, 8); 3]);
}
