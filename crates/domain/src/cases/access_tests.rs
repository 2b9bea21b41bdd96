//! Who sees which case, in lists and in single looks.

use super::testing::*;
use crate::access::{Actor, Relation, Role, Scope};
use crate::model::Performer;
use crate::units::UnitTree;

fn scope(actor: &Actor, tree: &UnitTree) -> Vec<(String, Relation)> {
    let Scope { ranges } = actor.scope(tree);
    ranges
        .into_iter()
        .map(|(unit, relation)| (unit.to_string(), relation))
        .collect()
}

fn range(unit: &str, relation: Relation) -> (String, Relation) {
    (unit.to_owned(), relation)
}

#[test]
fn a_scope_is_a_few_ranges() {
    let tree = World::new().tree;
    let of = |grants: &[(Role, &str)]| scope(&person(1, grants), &tree);
    // A desk's people serve its area; roles at departments of the city serve all of its districts.
    assert_eq!(of(&[(Role::Dispatcher, DESK)]), [range(EAST, Relation::Area)]);
    assert_eq!(of(&[(Role::GridWorker, WELL)]), [range(WELL, Relation::Area)]);
    let city = [CITY, EAST, WEST].map(|area| range(area, Relation::Area));
    assert_eq!(of(&[(Role::Leader, CITY)]), city);
    assert_eq!(of(&[(Role::Operator, BRIDGES)]), city);
    // A department's people see what was sent to it.
    let sent = [range(ROADS, Relation::Lead), range(ROADS, Relation::Assist)];
    assert_eq!(of(&[(Role::Handler, ROADS)]), sent);
    assert_eq!(of(&[(Role::Supervisor, ROADS), (Role::Leader, ROADS)]), sent);
    assert_eq!(
        of(&[(Role::Handler, EAST)]),
        [range(EAST, Relation::Lead), range(EAST, Relation::Assist)]
    );
    for admin in [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin] {
        assert_eq!(of(&[(admin, EAST)]), [], "administrators see no case");
    }
    assert_eq!(
        of(&[(Role::Dispatcher, "990109000000")]),
        [],
        "an unknown unit opens nothing"
    );
    assert_eq!(scope(&Actor::Reporter, &tree), []);
    assert_eq!(scope(&Actor::Program, &tree), []);
}

#[test]
fn who_stands_how_to_a_case() {
    let story = Story::handled();
    let standing = |grants: &[(Role, &str)]| {
        let standing = person(1, grants).standing(&story.case, &story.world.tree);
        standing.into_iter().collect::<Vec<_>>()
    };
    let role = Performer::Role;
    assert_eq!(standing(&[(Role::Dispatcher, DESK)]), [role(Role::Dispatcher)]);
    assert_eq!(standing(&[(Role::Dispatcher, WEST_DESK)]), []);
    assert_eq!(
        standing(&[(Role::Operator, CITY)]),
        [role(Role::Operator)],
        "what lies in a district lies in its city"
    );
    assert_eq!(standing(&[(Role::GridWorker, WELL)]), [role(Role::GridWorker)]);
    assert_eq!(standing(&[(Role::GridWorker, POND)]), []);
    assert_eq!(standing(&[(Role::Handler, WATER)]), [role(Role::Handler)], "assisting");
    assert_eq!(standing(&[(Role::Handler, PARKS)]), []);
    assert_eq!(standing(&[(Role::Supervisor, ROADS)]), [role(Role::Supervisor)]);
    assert_eq!(standing(&[(Role::Supervisor, PARKS)]), []);
    // Only the grants that reach the case count, not every role that the account holds somewhere.
    assert_eq!(
        standing(&[(Role::Verifier, WEST_DESK), (Role::Handler, ROADS)]),
        [role(Role::Handler)]
    );
    assert_eq!(standing(&[(Role::SystemAdmin, EAST)]), []);
    let of = |actor: Actor| {
        actor
            .standing(&story.case, &story.world.tree)
            .into_iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(of(Actor::Reporter), [Performer::REPORTER]);
    assert_eq!(of(Actor::Program), [Performer::PROGRAM]);
}

#[test]
fn lists_and_looks_agree_when_the_land_is_ordered_anew() {
    // The community is given to another subdistrict after the case was filed in it.
    let mut story = Story::handled();
    let hill = "990101002000";
    story
        .world
        .tree
        .put(unit(hill, crate::units::UnitKind::Subdistrict, Some(EAST)));
    story
        .world
        .tree
        .put(unit(WELL, crate::units::UnitKind::Community, Some(hill)));
    for area in [hill, MILL, WELL, EAST, CITY] {
        let leader = person(1, &[(Role::Leader, area)]);
        let ranges = leader.scope(&story.world.tree).ranges;
        let parties = story.case.parties();
        let listed = parties
            .iter()
            .any(|row| ranges.contains(&(row.unit.clone(), row.relation)));
        let seen = !leader.standing(&story.case, &story.world.tree).is_empty();
        assert_eq!(listed, seen, "{area}");
        assert_eq!(seen, area != hill, "a case is counted by the areas of its time");
    }
}

#[test]
fn a_unit_that_gave_a_case_back_keeps_its_past() {
    let mut story = Story::handled();
    let number = story.asks(&roads(), request(crate::model::RequestKind::Return));
    story.grants(&dispatcher(), number);
    let parties = story.case.parties();
    let row = parties
        .iter()
        .find(|row| row.unit == code(ROADS))
        .expect("it stays listed");
    assert!(!row.open);
    assert_eq!(row.sort_at, story.now);
    // Sent to it again, it has one row, the open one.
    story.later(60).takes(&dispatcher(), "dispatch");
    let parties = story.case.parties();
    let rows: Vec<_> = parties.iter().filter(|row| row.unit == code(ROADS)).collect();
    assert_eq!(rows.len(), 1);
    assert!(rows[0].open);
    assert_eq!(rows[0].sort_at, story.due("contacting"), "by the nearest limit");
}

#[test]
fn closed_cases_sort_by_their_end_and_open_ones_by_their_limit() {
    let mut story = Story::closed();
    let area = |story: &Story| {
        let rows = story.case.parties();
        rows.into_iter()
            .find(|row| row.unit == code(EAST))
            .map(|row| (row.open, row.sort_at))
    };
    assert_eq!(area(&story), Some((false, at("2024-03-04T09:00"))));
    story.later(60).takes(&Actor::Reporter, "reopen");
    assert_eq!(area(&story), Some((true, story.due("anew"))));
    let mut standing = Story::handled();
    let asked = super::RequestInput {
        until: Some(at("2024-03-20T09:00")),
        ..request(crate::model::RequestKind::Suspend)
    };
    standing.asks(&roads(), asked);
    standing.grants(&dispatcher(), 1);
    assert_eq!(
        area(&standing),
        Some((true, super::FAR_FUTURE)),
        "nothing presses in a standstill"
    );
}
