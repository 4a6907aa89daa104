//! What cannot be done is said in one sentence, before anything is spoilt.

use image::RgbImage;
use predicates::prelude::*;
use predicates::str::contains;

use crate::desk::Desk;

#[test]
fn what_cannot_be_drawn_is_said_in_a_sentence() {
    let desk = Desk::new();
    let cases: [(&[&str], &str); 16] = [
        (&["cifar:62", "-o", "a.svg", "--model", "cifar10-resnet32-vanilla"], "is a vanilla network"),
        (&["cifar:62", "-o", "a.gif", "--model", "cifar10-resnet32-vanilla"], "choose an ACT or SACT model"),
        (&["cifar:62", "-o", "a.jpg"], "choose .svg, .pdf, .png, .gif or .apng"),
        (&["cifar:62", "-o", "a.gif", "--layout", "blocks"], "choose the layout units"),
        (&["cifar:62", "cifar:3", "-o", "a.svg", "--layout", "units"], "shows one picture"),
        (&["cifar:62", "-o", "a.svg", "--layout", "compare"], "needs a second model or setting"),
        (&["cifar:62", "-o", "a.svg", "--layout", "blocks", "--threshold-b", "0.5"], "add --layout compare"),
        (&["cifar:62", "-o", "a.svg", "--columns", "3"], "--columns has no meaning in the layout panels"),
        (&["cifar:62", "-o", "a.svg", "--scope", "4"], "has no block 4"),
        (&["cifar:200", "-o", "a.svg"], "cifar:0 to cifar:199"),
        (&["sample:mona", "-o", "a.svg"], "choose one of chelsea"),
        (&["gone.png", "-o", "a.svg"], "cannot read gone.png"),
        (&["cifar:62", "-o", "gone/a.svg"], "there is no folder gone"),
        (&["cifar:62", "-o", "a.svg", "--width", "20"], "too narrow for 3 panels"),
        (&["cifar:62", "-o", "a.svg", "--width", "1000", "--dpi", "1200"], "fewer dots per inch"),
        (&["cifar:62", "-o", "a.gif", "--width", "1000", "--dpi", "1200"], "megapixels"),
    ];
    for (arguments, sentence) in cases {
        desk.figure(arguments).failure().stderr(
            contains(sentence).and(predicate::function(|said: &str| said.trim().lines().count() == 1)),
        );
    }
    assert_eq!(std::fs::read_dir(desk.path("")).unwrap().count(), 0);
}

#[test]
fn a_picture_is_not_overwritten_by_its_figure_and_an_older_figure_is() {
    let desk = Desk::new();
    RgbImage::from_pixel(32, 32, image::Rgb([200, 90, 20])).save(desk.path("cat.png")).unwrap();
    let before = desk.read("cat.png");
    for picture in ["cat.png", ".", "./cat.png"] {
        desk.figure(&[picture, "-o", "cat.png"])
            .failure()
            .stderr(contains("choose another name for the file"));
    }
    desk.figure(&["example:0:.", "-o", "cat.png"]).failure().stderr(contains("would be overwritten"));
    assert!(desk.read("cat.png") == before);

    std::fs::write(desk.path("figure.svg"), "older").unwrap();
    desk.figure(&["cat.png", "-o", "figure.svg"]).success().stdout(contains("Saved figure.svg: 180.0 x"));
    assert!(desk.read("figure.svg").starts_with(b"<svg"));
    assert_eq!(std::fs::read_dir(desk.path("")).unwrap().count(), 2);
}

#[test]
fn a_vanilla_network_may_stand_beside_pictures_without_maps() {
    let desk = Desk::new();
    let arguments = ["cifar:62", "cifar:63", "--layout", "gallery", "--show", "image"];
    desk.figure(&[&arguments[..], &["--model", "cifar10-resnet32-vanilla", "-o", "a.svg"]].concat())
        .success();
}
