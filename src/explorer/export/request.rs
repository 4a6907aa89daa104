//! From what is open and filled in to what is asked for.

use std::path::{Path, PathBuf};

use crate::engine::Strategy;
use crate::figure::{
    FigureRequest, FigureSpec, Format, Layout, Look, MOST_PICTURES, Panel, PictureName, Run,
};
use crate::halting::HaltingSetting;
use crate::network::Variant;
use crate::zoo::ModelSource;

use super::{Form, Kind};
use crate::explorer::session::{PictureSource, SizeChoice};
use crate::explorer::state::State;

const FROM_EXPORT: &str = "The maps of this export were made elsewhere, and no command line can make them again: open \
                           the picture itself to save a figure of it";
const NO_MAP: &str = "A vanilla network has no map";
const SAME: &str = "A comparison needs two runs, and A and B are the same: choose B on the Compare screen";

impl State {
    /// What is filled in, as far as it can be had of what is open.
    pub fn figure_form(&self) -> Form {
        let mut form = self.settings.figure.clone();
        if self.why_no_layout(form.layout).is_some() {
            form.set_layout(Kind::Panels);
        }
        if self.is_vanilla() {
            (form.image, form.map, form.overlay) = (true, false, false);
            form.each = Panel::Image;
        }
        form
    }

    /// Why a layout cannot be had, as a sentence without its stop.
    pub fn why_no_layout(&self, kind: Kind) -> Option<&'static str> {
        let vanilla = self.is_vanilla();
        match kind {
            Kind::Blocks | Kind::Units | Kind::Compare if vanilla => Some(NO_MAP),
            Kind::Compare if self.b_card().is_none_or(|card| card.spec.variant == Variant::Vanilla) => {
                Some("A comparison needs two maps, and B has none")
            }
            Kind::Compare if self.is_same() => Some(SAME),
            Kind::Gallery if self.gallery(1).is_empty() => {
                Some("A gallery needs pictures, and there are none in this section of the library")
            }
            _ => None,
        }
    }

    /// Why maps cannot be shown.
    pub fn why_no_map(&self) -> Option<&'static str> {
        self.is_vanilla().then_some(NO_MAP)
    }

    fn is_vanilla(&self) -> bool {
        self.card().is_some_and(|card| card.spec.variant == Variant::Vanilla)
    }

    /// The first pictures of the section of the library that the open one is in, as far as they fit what is searched for.
    fn gallery(&self, most: usize) -> Vec<PictureSource> {
        let place = self.place();
        let rows = self.rows(&place);
        let sources = (0..rows.len()).filter_map(|index| rows.get(index));
        sources.filter(|source| !matches!(source, PictureSource::Export { .. })).take(most).collect()
    }

    /// The section of the library that a gallery shows, as the library calls it.
    pub fn gallery_section(&self) -> String {
        self.place().title()
    }

    /// The figure that is asked for, under this file name; or in one sentence why there can be none.
    pub fn figure_request(&self, output: &str) -> Result<FigureRequest, String> {
        let form = self.figure_form();
        let model = self.runtime.model.as_ref().ok_or("The model is still being loaded")?;
        let pictures = match form.layout {
            Kind::Gallery => {
                self.gallery(MOST_PICTURES).iter().map(name_of).collect::<Result<_, String>>()?
            }
            _ => {
                let open = self.runtime.picture.as_ref().ok_or("The picture is still being opened")?;
                vec![name_of(&open.picture.source)?]
            }
        };
        let run = |source: &ModelSource, setting: HaltingSetting| -> Result<Run, String> {
            let model = match source {
                ModelSource::Embedded(name) => name.clone(),
                ModelSource::File(path) => named(path)?.display().to_string(),
            };
            Ok(Run { model, setting })
        };
        let other = match (form.layout, self.b_source()) {
            (Kind::Compare, Some(b)) => Some(run(b, self.b_setting())?),
            _ => None,
        };
        let size = match (form.layout, self.session.size) {
            (_, SizeChoice::Suitable) => None,
            (Kind::Gallery, SizeChoice::Fixed(size)) => Some(size),
            _ => self.input_size(),
        };
        let device = self.runtime.backend.batch_device();
        let request = FigureRequest {
            pictures,
            run: run(&model.source, self.setting())?,
            other,
            size,
            // A file is the same again only where it is computed alike.
            device: device.is_cpu().then(|| "cpu".to_owned()),
            engine: Some(device.strategy()).filter(|s| *s != Strategy::Auto).map(|s| s.to_string()),
            spec: self.figure_spec(form),
            output: output.to_owned(),
        };
        request.check().map_err(|error| error.to_string())?;
        Ok(request)
    }

    fn figure_spec(&self, form: Form) -> FigureSpec {
        let layout = match form.layout {
            Kind::Panels => Layout::Panels { show: form.shown() },
            Kind::Blocks => Layout::Blocks,
            Kind::Units => Layout::Units,
            Kind::Compare => Layout::Compare { label: None, other_label: None },
            Kind::Gallery => {
                Layout::Gallery { show: form.each, columns: (form.columns > 0).then_some(form.columns) }
            }
        };
        let session = &self.session;
        let look = Look {
            width: form.width,
            dpi: form.dpi,
            font_size: form.font_size,
            title: form.title.trim().to_owned(),
            labels: form.labels,
            colorbar: form.colorbar,
            ticks: form.ticks,
            theme: form.theme,
            delay: form.delay,
            colormap: session.colormap,
            range: session.range,
            quantity: session.quantity,
            scope: session.scope,
            opacity: session.opacity,
        };
        FigureSpec { layout, look }
    }

    /// The file's name as long as nobody has chosen one: `cat-3-panels.svg`.
    pub fn figure_name(&self) -> String {
        let form = self.figure_form();
        let ending = form.format.ending();
        if let Some(stem) = &self.runtime.exporting.stem {
            return format!("{stem}.{ending}");
        }
        let title = match form.layout {
            Kind::Gallery => String::new(),
            _ => self.runtime.picture.as_ref().map(|open| stem(&open.picture.title)).unwrap_or_default(),
        };
        let joint = if title.is_empty() { "" } else { "-" };
        format!("{title}{joint}{}.{ending}", form.layout.words().0.to_lowercase())
    }

    /// What a dialog for the file begins with.
    pub fn suggested_figure(&self) -> PathBuf {
        self.settings.figure.folder.clone().unwrap_or_default().join(self.figure_name())
    }

    /// A path with the ending of a figure: its own, or else that of the format that is chosen.
    pub fn figure_path(&self, path: PathBuf) -> PathBuf {
        if Format::of(&path).is_ok() {
            return path;
        }
        let mut name = path.into_os_string();
        name.push(".");
        name.push(self.figure_form().format.ending());
        name.into()
    }

    /// What should be known of the picture's name in the command, if anything.
    pub fn figure_remark(&self) -> Option<&'static str> {
        let open = self.runtime.picture.as_ref()?;
        let pasted = open.picture.source.path().is_some_and(|path| self.runtime.clipboard.keeps(path));
        pasted.then_some(
            "The picture was pasted: the command works only as long as this program keeps it, so save it to a file of \
             your own if it is to last.",
        )
    }
}

/// How a command line names a picture.
fn name_of(source: &PictureSource) -> Result<PictureName, String> {
    Ok(match source {
        PictureSource::Sample(name) => PictureName::Sample(name.clone()),
        PictureSource::Cifar(tile) => PictureName::Cifar(*tile),
        PictureSource::File(path) => PictureName::File(named(path)?),
        PictureSource::Example(path, index) => PictureName::Example(named(path)?, *index),
        PictureSource::Export { .. } => return Err(FROM_EXPORT.to_owned()),
    })
}

/// A path that can be written, from wherever the command is given.
fn named(path: &Path) -> Result<PathBuf, String> {
    if path.to_str().is_none() {
        return Err(format!(
            "No command line can name {}, which is not Unicode: rename the file to save a figure of it",
            path.display()
        ));
    }
    Ok(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// `cat-3` of `Cat 3`, `dog` of `dog.png`.
fn stem(title: &str) -> String {
    let title = Path::new(title).file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let words = title.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_is_made_of_words() {
        assert_eq!(stem("Cat 3"), "cat-3");
        assert_eq!(stem("My dog (2).PNG"), "my-dog-2");
        assert_eq!(stem(""), "");
    }

    #[test]
    fn an_export_has_no_name_and_the_sentence_says_what_to_do() {
        let source = PictureSource::Export { path: "maps.h5".into(), index: 0 };
        assert!(name_of(&source).unwrap_err().contains("open the picture itself"));
    }
}
