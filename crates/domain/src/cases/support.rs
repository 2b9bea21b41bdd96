//! Adding oneself to a published case (附议、我也遇到): whether that is possible.
//!
//! It is no fact of the case: whoever handles the case has seen it as it is, and hundreds who add themselves within an
//! hour must not make everything stale that its clerks have open. It is a noun of its own, which refers to the case.

use super::Case;
use crate::model::Phase;
use crate::refusal::Refusal;

/// Refuses where nobody can add themselves: what is not published is unknown to them, and what is closed is to be reported
/// anew.
///
/// # Errors
/// When the case is not published, or closed.
pub fn may_be_supported(case: &Case) -> Result<(), Refusal> {
    if case.publication.is_none() {
        return Err(Refusal::not_found(
            "not_published",
            "没有这个公开案件",
            "there is no published case of this number",
        ));
    }
    if case.phase == Phase::Closed {
        return Err(Refusal::not_now(
            "already_closed",
            "该案件已办结，不能再附议；如果问题仍在，请另行反映",
            "the case is closed: report it anew if it is still there",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::testing::*;
    use crate::cases::{Case, Publication};

    fn published(case: &Case) -> Case {
        Case {
            publication: Some(Publication {
                text: case.text.clone(),
                reply: None,
                areas: case.place.areas.clone(),
                words: None,
                position: None,
            }),
            ..case.clone()
        }
    }

    #[test]
    fn only_what_is_published_and_open_is_supported() {
        let open = Story::begin().case;
        assert_eq!(may_be_supported(&open).unwrap_err().code, "not_published");
        assert_eq!(may_be_supported(&published(&open)), Ok(()));
        let closed = Story::closed().case;
        assert_eq!(
            may_be_supported(&published(&closed)).unwrap_err().code,
            "already_closed"
        );
    }
}
