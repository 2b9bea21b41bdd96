//! Refusals of confidence and publication.

use super::*;
use crate::cases::Publication;

fn confide(people: Option<i64>, reason: &str) -> Command {
    Command::Confide {
        people: people.map(|many| (0..many).map(|number| Id(900 + number)).collect()),
        reason: reason.to_owned(),
    }
}

fn publish(area: &str) -> Command {
    Command::Publish(Box::new(Publication {
        text: text_ref(91),
        reply: None,
        areas: vec![code(area)],
        words: None,
        position: None,
    }))
}

fn withdraw() -> Command {
    Command::Withdraw {
        reason: "内容有误".to_owned(),
    }
}

/// A case after a command of the dispatcher.
fn after(command: Command) -> Story {
    let mut story = Story::begin();
    story.case = story.tries(&dispatcher(), command).expect("it may be done").case;
    story
}

pub(super) const DISCRETION: &[Row] = &[
    ("role_forbids", FORBIDDEN, || {
        deciding(&Story::begin(), &operator(), confide(Some(1), "要求保密"))
    }),
    ("role_forbids", FORBIDDEN, || {
        let erase = Command::Erase {
            reason: "本人申请".to_owned(),
        };
        deciding(&Story::begin(), &dispatcher(), erase)
    }),
    ("reason_missing", INVALID, || {
        deciding(&Story::begin(), &dispatcher(), confide(Some(1), " "))
    }),
    ("too_many_people", INVALID, || {
        deciding(&Story::begin(), &dispatcher(), confide(Some(50), "要求保密"))
    }),
    ("not_confidential", NOT_NOW, || {
        deciding(&Story::begin(), &dispatcher(), confide(None, "已无必要"))
    }),
    ("is_confidential", NOT_NOW, || {
        deciding(&after(confide(Some(0), "要求保密")), &dispatcher(), publish(WELL))
    }),
    ("not_its_area", INVALID, || {
        deciding(&Story::begin(), &dispatcher(), publish(POND))
    }),
    ("is_published", NOT_NOW, || {
        deciding(&after(publish(WELL)), &dispatcher(), confide(Some(0), "要求保密"))
    }),
    ("not_published", NOT_NOW, || {
        deciding(&Story::begin(), &dispatcher(), withdraw())
    }),
];
