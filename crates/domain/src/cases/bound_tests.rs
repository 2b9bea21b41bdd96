//! What a case accepts at its entrance, and how much of it.

use super::testing::*;
use super::{Evidence, Filing, Place, Position, StepInput, file};
use crate::ids::Id;

#[test]
fn a_place_has_sound_coordinates() {
    let world = World::new();
    let lying_at = |lon: f64, lat: f64| {
        let place = Place {
            position: Some(Position { lon, lat }),
            ..filing().place
        };
        let filing = Filing { place, ..filing() };
        file(&world.context(at("2024-03-04T09:00")), filing, &operator()).map_err(|refusal| refusal.code)
    };
    assert!(lying_at(101.5, 36.5).is_ok());
    for (lon, lat) in [(f64::NAN, 36.5), (101.5, f64::INFINITY), (180.1, 0.0), (0.0, -90.5)] {
        assert_eq!(lying_at(lon, lat).unwrap_err(), "invalid_position");
    }
    let story = Story::begin();
    let lost = StepInput {
        place: Some(Place {
            position: Some(Position {
                lon: f64::NAN,
                lat: 0.0,
            }),
            ..filing().place
        }),
        ..input()
    };
    assert_eq!(story.refused(&dispatcher(), take("dispatch", lost)), "invalid_position");
}

#[test]
fn coordinates_survive_the_journal_to_the_last_bit() {
    let place = Place {
        position: Some(Position {
            lon: 101.725_341_792_345_67,
            lat: -0.100_000_000_000_000_02,
        }),
        ..filing().place
    };
    let story = Story::of(World::new(), Filing { place, ..filing() });
    assert_eq!(replayed(&story.events), story.case);
}

#[test]
fn clocks_of_two_machines_may_differ_a_little() {
    let mut story = Story::begin();
    story.later(10).takes(&dispatcher(), "dispatch");
    story.now -= jiff::SignedDuration::from_millis(300);
    story.takes(&roads(), "accept").takes(&roads(), "hand_in");
    let times: Vec<_> = story.events.iter().map(|event| event.at).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn words_have_their_bounds() {
    let story = Story::begin();
    let with = |note: String| StepInput {
        note: Some(note),
        ..input()
    };
    assert_eq!(
        story.refused(&operator(), take("reject", with("字".repeat(2_001)))),
        "text_too_long"
    );
    assert_eq!(
        story.refused(&operator(), take("reject", with("a\0b".to_owned()))),
        "text_not_allowed"
    );
    assert!(
        story
            .tries(&operator(), take("reject", with("字".repeat(2_000))))
            .is_ok()
    );
    let at_place = |words: &str| StepInput {
        place: Some(Place {
            words: Some(words.into()),
            ..filing().place
        }),
        ..input()
    };
    assert_eq!(
        story.refused(&dispatcher(), take("dispatch", at_place("\0"))),
        "text_not_allowed"
    );
    assert_eq!(
        story.refused(&dispatcher(), take("dispatch", at_place(&"长".repeat(2_001)))),
        "text_too_long"
    );
}

#[test]
fn a_case_keeps_only_what_it_can_carry() {
    let mut story = Story::handled();
    for round in 0..97 {
        let more = StepInput {
            evidence: vec![photo(round)],
            ..input()
        };
        story.does(&roads(), take("contact", more));
    }
    assert_eq!(story.case.evidence.len(), 99);
    let two = StepInput {
        evidence: vec![photo(1), photo(2)],
        ..input()
    };
    assert_eq!(story.refused(&roads(), take("contact", two)), "too_much_evidence");
    let strange = StepInput {
        evidence: vec![Evidence {
            kind: "song".to_owned(),
            attachment: Id(1),
        }],
        ..input()
    };
    assert_eq!(
        story.refused(&roads(), take("contact", strange)),
        "unknown_evidence_kind"
    );
    story.takes(&roads(), "contact");
}
