//! A session as text, versioned, and with every number in its bounds whatever a text says.

use std::ops::RangeInclusive;

use serde::Deserialize;

use crate::halting::HaltingSetting;
use crate::image::InputSize;
use crate::zoo::ModelSource;

use super::{EDGES, FOLDERS, OFFSETS, PictureSource, Session, SizeChoice, THRESHOLDS};

/// Why a text is no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    Damaged,
    /// Written by a later version of this program.
    Later,
}

/// What every version writes.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

impl Session {
    /// As text to be kept. Files whose names are not Unicode cannot be written, and are left out.
    pub fn to_text(&self) -> Option<String> {
        let mut session = self.clone();
        session.version = Self::VERSION;
        session.opened.retain(|file| file.to_str().is_some());
        session.folders.retain(|folder| folder.path.to_str().is_some());
        let odd = |source: &mut PictureSource| source.path().is_some_and(|path| path.to_str().is_none());
        session.picture.take_if(odd);
        session.attention.leave_out_odd();
        let odd = |source: &ModelSource| matches!(source, ModelSource::File(path) if path.to_str().is_none());
        session.model.take_if(|source| odd(source));
        session.comparison.model.take_if(|source| odd(source));
        session.evaluation.models.retain(|source| !odd(source));
        serde_json::to_string(&session).ok()
    }

    /// Reads a kept session.
    ///
    /// # Errors
    /// Why that is not possible.
    pub fn from_text(text: &str) -> Result<Self, Unread> {
        // Serde would take a list for a record, too.
        if !text.trim_start().starts_with('{') {
            return Err(Unread::Damaged);
        }
        let head: Head = serde_json::from_str(text).map_err(|_| Unread::Damaged)?;
        if head.version > Self::VERSION {
            return Err(Unread::Later);
        }
        let session: Self = serde_json::from_str(text).map_err(|_| Unread::Damaged)?;
        Ok(Self { version: Self::VERSION, ..session.sound() })
    }

    /// With every number brought into its bounds.
    fn sound(mut self) -> Self {
        for setting in [&mut self.setting, &mut self.comparison.setting] {
            setting.threshold = within(setting.threshold, THRESHOLDS, HaltingSetting::TRAINED_THRESHOLD);
            setting.logit_offset = within(setting.logit_offset, OFFSETS, 0.0);
            setting.unit_cap = setting.unit_cap.map(|cap| cap.max(1));
        }
        self.comparison.look.divider = within(self.comparison.look.divider, 0.0..=1.0, 0.5);
        self.list(Vec::new());
        self.halting.sound();
        self.folders.truncate(FOLDERS);
        self.attention.sound();
        self.opacity = within(self.opacity, 0.0..=1.0, Self::default().opacity);
        if let SizeChoice::Fixed(InputSize::LongerEdge(edge)) = &mut self.size {
            *edge = (*edge).clamp(*EDGES.start(), *EDGES.end());
        }
        self
    }
}

/// A number brought into its bounds; one that is none becomes `otherwise`.
pub fn within<T: PartialOrd + Copy>(value: T, bounds: RangeInclusive<T>, otherwise: T) -> T {
    let (low, high) = (*bounds.start(), *bounds.end());
    match value {
        _ if value < low => low,
        _ if value > high => high,
        _ if bounds.contains(&value) => value,
        _ => otherwise,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::tests::worked_on;
    use super::*;
    use crate::explorer::compare::Comparison;

    #[test]
    fn a_session_comes_back_as_it_was_kept() {
        let session = worked_on();
        assert_eq!(Session::from_text(&session.to_text().unwrap()), Ok(session));
    }

    #[test]
    fn a_session_of_an_earlier_build_gets_defaults_for_what_it_lacks() {
        let session = Session::from_text(r#"{"version":1,"opacity":0.5}"#).unwrap();
        assert_eq!(session, Session { opacity: 0.5, ..Session::default() });
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_written_is_left_out_and_the_rest_is_kept() {
        use std::os::unix::ffi::OsStringExt;
        let odd = || PathBuf::from(std::ffi::OsString::from_vec(vec![b'a', 0xff]));
        let mut session = worked_on();
        session.opened.push(odd());
        session.add_folder(odd());
        session.picture = Some(PictureSource::File(odd()));
        session.model = Some(ModelSource::File(odd()));
        session.comparison.model = Some(ModelSource::File(odd()));
        session.evaluation.models.push(ModelSource::File(odd()));
        let kept = Session::from_text(&session.to_text().unwrap()).unwrap();
        assert_eq!((kept.picture, kept.model, kept.comparison.model), (None, None, None));
        assert_eq!((kept.opened, kept.opacity), (worked_on().opened, worked_on().opacity));
    }

    #[test]
    fn damaged_and_later_sessions_are_not_read() {
        assert_eq!(Session::from_text("{"), Err(Unread::Damaged));
        assert_eq!(Session::from_text(r#"{"version":4000000000}"#), Err(Unread::Later));
        assert_eq!(Session::from_text(r#"{"version":1,"opacity":"much"}"#), Err(Unread::Damaged));
    }

    #[test]
    fn numbers_out_of_bounds_are_brought_back() {
        let text = r#"{"version":1,"opacity":7,"setting":{"threshold":-1,"unit_cap":0,"logit_offset":99},
            "comparison":{"setting":{"threshold":7,"unit_cap":null,"logit_offset":-9},"look":{"divider":-3}},
            "size":{"Fixed":{"LongerEdge":4000000000}}}"#;
        let session = Session::from_text(text).unwrap();
        assert_eq!(session.opacity, 1.0);
        assert_eq!(session.setting, HaltingSetting { threshold: 0.05, unit_cap: Some(1), logit_offset: 4.0 });
        assert_eq!(session.size, SizeChoice::Fixed(InputSize::LongerEdge(2048)));
        let Comparison { setting, look, .. } = session.comparison;
        assert_eq!((setting.threshold, setting.logit_offset, look.divider), (0.9999, -4.0, 0.0));
    }
}
