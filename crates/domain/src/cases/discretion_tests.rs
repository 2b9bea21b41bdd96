//! Confidential cases are there for named people alone, and never published.

use std::collections::BTreeSet;

use super::testing::*;
use super::{Case, Circle, Command, Filing, Publication, decide};
use crate::access::{Actor, Grant, Role};
use crate::ids::Id;

fn person(number: i64, role: Role, unit: &str) -> Actor {
    let unit = code(unit);
    Actor::Account {
        id: Id(number),
        grants: vec![Grant { role, unit }],
    }
}

fn sees(actor: &Actor, case: &Case) -> bool {
    !actor.standing(case, &World::new().tree).is_empty()
}

fn did(case: &Case, actor: &Actor, command: Command) -> Result<Case, &'static str> {
    let world = World::new();
    let context = world.context(case.changed_at);
    match decide(&context, case, actor, command) {
        Ok(decided) => {
            let mut again = case.clone();
            for event in &decided.events {
                again.apply(event).expect("it applies");
            }
            assert_eq!(again, decided.case);
            Ok(decided.case)
        }
        Err(refusal) => Err(refusal.code),
    }
}

fn confide(people: Option<&[i64]>) -> Command {
    Command::Confide {
        people: people.map(|people| people.iter().copied().map(Id).collect()),
        reason: "举报人要求保密".to_owned(),
    }
}

fn publication() -> Publication {
    Publication {
        text: text_ref(91),
        reply: None,
        areas: vec![code(WELL), code(MILL), code(EAST)],
        words: Some("井边路".into()),
        position: None,
    }
}

#[test]
fn only_named_people_see_a_confidential_case() {
    let dispatcher = person(1, Role::Dispatcher, DESK);
    let other = person(2, Role::Dispatcher, DESK);
    let leader = person(3, Role::Leader, CITY);
    let handler = person(4, Role::Handler, ROADS);
    let case = Story::of(World::new(), filing()).case;
    for actor in [&dispatcher, &other, &leader] {
        assert!(sees(actor, &case));
    }
    assert_eq!(did(&case, &leader, confide(Some(&[]))), Err("role_forbids"));
    assert_eq!(did(&case, &dispatcher, confide(None)), Err("not_confidential"));
    let no_reason = Command::Confide {
        people: Some(BTreeSet::new()),
        reason: " ".to_owned(),
    };
    assert_eq!(did(&case, &dispatcher, no_reason), Err("reason_missing"));
    let many: Vec<i64> = (10..70).collect();
    assert_eq!(did(&case, &dispatcher, confide(Some(&many))), Err("too_many_people"));

    let case = did(&case, &dispatcher, confide(Some(&[3, 4]))).unwrap();
    let named = Circle {
        people: BTreeSet::from([Id(1), Id(3), Id(4)]),
    };
    assert_eq!(case.confidential, Some(named), "whoever decides stays in");
    assert!(sees(&dispatcher, &case) && sees(&leader, &case));
    assert!(!sees(&other, &case));
    assert!(!sees(&handler, &case), "named, but it is not the unit's");
    assert_eq!(did(&case, &other, confide(None)), Err("unknown_case"));
    assert_eq!(
        did(&case, &dispatcher, Command::Publish(Box::new(publication()))),
        Err("is_confidential")
    );
    assert!(sees(&Actor::Reporter, &case) && sees(&Actor::Program, &case));

    let case = did(&case, &dispatcher, confide(None)).unwrap();
    assert!(sees(&other, &case));
}

#[test]
fn a_case_filed_in_confidence_waits_for_names() {
    let filed = Filing {
        confidential: true,
        ..filing()
    };
    let case = Story::of(World::new(), filed).case;
    assert!(sees(&person(1, Role::Dispatcher, DESK), &case));
    assert!(sees(&person(2, Role::Supervisor, EAST), &case));
    assert!(!sees(&person(3, Role::Leader, EAST), &case));
    assert!(!sees(&person(4, Role::Operator, DESK), &case));
    assert!(!sees(&person(5, Role::Dispatcher, WEST_DESK), &case));
    let filer = match case.filed_by {
        crate::access::ActorRef::Account(id) => id,
        other => panic!("filed by {other}"),
    };
    assert!(sees(&person(filer.0, Role::Operator, DESK), &case));
}

#[test]
fn what_is_published_is_taken_back_and_forgotten() {
    let dispatcher = person(1, Role::Dispatcher, DESK);
    let case = Story::of(World::new(), filing()).case;
    let withdraw = || Command::Withdraw {
        reason: "内容有误".to_owned(),
    };
    let publish = |publication| Command::Publish(Box::new(publication));
    assert_eq!(did(&case, &dispatcher, withdraw()), Err("not_published"));
    let elsewhere = Publication {
        areas: vec![code(POND)],
        ..publication()
    };
    assert_eq!(did(&case, &dispatcher, publish(elsewhere)), Err("not_its_area"));
    let operator = person(2, Role::Operator, DESK);
    assert_eq!(did(&case, &operator, publish(publication())), Err("role_forbids"));

    let shown = did(&case, &dispatcher, publish(publication())).unwrap();
    assert_eq!(shown.publication, Some(publication()));
    assert_eq!(did(&shown, &dispatcher, confide(Some(&[]))), Err("is_published"));
    assert_eq!(did(&shown, &dispatcher, withdraw()).unwrap().publication, None);

    let erase = || Command::Erase {
        reason: "本人申请删除".to_owned(),
    };
    assert_eq!(did(&shown, &dispatcher, erase()), Err("role_forbids"));
    let erased = did(&shown, &Actor::Program, erase()).unwrap();
    assert_eq!(
        (erased.publication, erased.reporter, erased.place.words),
        (None, None, None)
    );
}
