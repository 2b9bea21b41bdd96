//! Refusals of asking for something and of deciding it.

use super::*;

pub(super) const REQUESTS: &[Row] = &[
    ("request_not_in_force", NOT_NOW, || {
        let mut story = Story::handled();
        story.world.model.requests.clear();
        asking(&story, &roads(), request(RequestKind::Return))
    }),
    ("role_forbids", FORBIDDEN, || {
        asking(&Story::handled(), &verifier(), request(RequestKind::Return))
    }),
    ("phase_forbids", NOT_NOW, || {
        asking(&Story::handled(), &supervisor(), request(RequestKind::Reopen))
    }),
    ("merged", NOT_NOW, || {
        let mut story = Story::closed();
        story.case.merged_into = Some(Id(1));
        asking(&story, &supervisor(), request(RequestKind::Reopen))
    }),
    ("not_your_unit", FORBIDDEN, || {
        let unit = Some(code(WATER));
        let kind = RequestKind::Return;
        asking(&Story::handled(), &roads(), RequestInput { unit, ..request(kind) })
    }),
    ("no_assignment", NOT_NOW, || {
        let mut story = asked(RequestKind::Return);
        story
            .grants(&dispatcher(), 1)
            .later(1)
            .does(&dispatcher(), take("dispatch", to(PARKS)));
        asking(&story, &roads(), request(RequestKind::Extend))
    }),
    ("lead_only", FORBIDDEN, || {
        asking(&Story::handled(), &water(), request(RequestKind::Extend))
    }),
    ("already_asked", NOT_NOW, || {
        asking(&asked(RequestKind::Return), &roads(), request(RequestKind::Return))
    }),
    ("too_many_requests", NOT_NOW, || {
        let mut story = asked(RequestKind::Return);
        let mut old = story.case.requests[0].clone();
        old.state = RequestState::Refused;
        story.case.requests = vec![old; MAX_REQUESTS];
        asking(&story, &roads(), request(RequestKind::Extend))
    }),
    ("granted_too_often", NOT_NOW, || {
        asking(&suspended(), &roads(), until("2024-03-21T09:00"))
    }),
    ("after_cut_off", NOT_NOW, || {
        let mut story = Story::handled();
        story.at("2024-03-04T16:00");
        asking(&story, &roads(), request(RequestKind::Extend))
    }),
    ("already_overdue", NOT_NOW, || {
        let mut story = Story::handled();
        story.at("2024-03-12T09:00");
        asking(&story, &roads(), request(RequestKind::Extend))
    }),
    ("nothing_to_extend", NOT_NOW, || {
        asking(&suspended(), &roads(), request(RequestKind::Extend))
    }),
    ("already_suspended", NOT_NOW, || {
        let mut story = suspended();
        let policy = story.world.model.requests.get_mut(&RequestKind::Suspend);
        policy.expect("there is one").grants_at_most = None;
        asking(&story, &roads(), until("2024-03-21T09:00"))
    }),
    ("already_excluded", NOT_NOW, || {
        let mut story = asked(RequestKind::Exclude);
        story.grants(&supervisor(), 1);
        asking(&story, &roads(), request(RequestKind::Exclude))
    }),
    ("until_missing", INVALID, || {
        asking(&Story::handled(), &roads(), request(RequestKind::Suspend))
    }),
    ("until_out_of_bounds", INVALID, || {
        asking(&Story::handled(), &roads(), until("2024-03-04T09:00"))
    }),
    ("more_than_allowed", INVALID, || {
        let more = Some(limit("9 workdays"));
        let kind = RequestKind::Extend;
        asking(&Story::handled(), &roads(), RequestInput { more, ..request(kind) })
    }),
    ("into_missing", INVALID, || {
        asking(&Story::begin(), &dispatcher(), request(RequestKind::Merge))
    }),
    ("into_itself", INVALID, || {
        let story = Story::begin();
        let into = Some(story.case.id);
        let merge = RequestInput {
            into,
            ..request(RequestKind::Merge)
        };
        asking(&story, &dispatcher(), merge)
    }),
    ("unknown_target", INVALID, || {
        let merge = RequestInput {
            into: Some(Id(1)),
            ..request(RequestKind::Merge)
        };
        asking(&Story::begin(), &dispatcher(), merge)
    }),
];

pub(super) const DECISIONS: &[Row] = &[
    ("unknown_request", NOT_FOUND, || {
        deciding(&Story::handled(), &dispatcher(), settle(1, true))
    }),
    ("request_not_in_force", NOT_NOW, || {
        let mut story = asked(RequestKind::Return);
        story.world.model.requests.clear();
        deciding(&story, &dispatcher(), settle(1, true))
    }),
    ("role_forbids", FORBIDDEN, || {
        deciding(&asked(RequestKind::Return), &verifier(), settle(1, true))
    }),
    ("decided_outside", FORBIDDEN, || {
        let own = person(9, &[(Role::Supervisor, ROADS)]);
        deciding(&asked(RequestKind::Exclude), &own, settle(1, true))
    }),
    ("already_decided", NOT_NOW, || {
        let mut story = asked(RequestKind::Return);
        story.does(&dispatcher(), settle(1, false));
        deciding(&story, &dispatcher(), settle(1, true))
    }),
    ("granted_too_often", NOT_NOW, || {
        let mut story = asked(RequestKind::Extend);
        let policy = story.world.model.requests.get_mut(&RequestKind::Extend);
        policy.expect("there is one").grants_at_most = Some(0);
        deciding(&story, &dispatcher(), settle(1, true))
    }),
    ("until_passed", NOT_NOW, || {
        let mut story = Story::handled();
        story.asks(&roads(), until("2024-03-05T09:00"));
        story.at("2024-03-05T09:00");
        deciding(&story, &dispatcher(), settle(1, true))
    }),
    ("unknown_target", NOT_NOW, || {
        let mut story = Story::begin();
        let into = into_another(&story);
        story.asks(&dispatcher(), into);
        deciding(&story, &dispatcher_2(), settle(1, true))
    }),
    ("target_closed", NOT_NOW, || {
        let story = Story::closed();
        let absorbed = absorb(&story.world.context(story.now), &story.case, Id(1));
        absorbed.expect_err("it is closed")
    }),
];
