//! Erasing somebody takes every word of theirs and about them from the disk, and leaves the history whole.

use std::path::Path;

use quanyu_app::cases::{CaseDraft, PublicationDraft, StepDraft};
use quanyu_app::followers;
use quanyu_app::followers::seals::{Kept, Sealer, Verified, verify_seals};
use quanyu_app::people::Person;
use quanyu_app::rebuild::verify_rebuild;
use quanyu_domain::access::Role::{CallBackClerk, Dispatcher, Operator, SecurityAdmin};
use quanyu_domain::cases::{Case, RequestInput};
use quanyu_domain::model::RequestKind;
use quanyu_store::tables::Cursor;
use quanyu_store::{ChangeSet, Records, Store, Write};

use crate::attachments::{evidence, files, holds, photo};
use crate::mills::{caller, desk, handler, mills, request, sent_to, verifier, wheel, with};
use crate::search::{indexed, words};
use crate::support::{CITY, EAST_DESK, EAST_ROADS, World, refused};

/// What nobody may find any more: each stands in one place where people write.
const MARKS: [&str; 14] = [
    "标记一·诉求",
    "标记二·标题",
    "标记三·地点",
    "标记四·派单说明",
    "标记五·返工理由",
    "标记六·答复",
    "标记七·延期理由",
    "标记八·审批意见",
    "标记九·保密理由",
    "标记十·解密理由",
    "标记十一·查询用途",
    "标记十二·公开文字",
    "标记十三·公开地点",
    "标记十四·文件名",
];

fn mark(nth: usize) -> String {
    // Long enough that some of it lies in pages of its own.
    MARKS[nth - 1].repeat(if nth == 1 { 400 } else { 3 })
}

/// Which marks the files below a folder hold.
fn found(folder: &Path) -> Vec<&'static str> {
    let contents: Vec<Vec<u8>> = files(folder).iter().map(|file| std::fs::read(file).unwrap()).collect();
    let held = |mark: &&&str| contents.iter().any(|bytes| holds(bytes, mark.as_bytes()));
    MARKS.iter().filter(held).copied().collect()
}

/// A case with something written wherever somebody can write.
async fn told(world: &World, person: Option<Person>, picture: &[u8]) -> Case {
    let app = &world.app;
    let at_desk = caller(
        1,
        &[
            (Operator, EAST_DESK),
            (Dispatcher, EAST_DESK),
            (CallBackClerk, EAST_DESK),
        ],
    );
    let file = world.uploaded(&at_desk, &format!("{}.jpg", mark(14)), picture).await;
    let draft = CaseDraft {
        title: Some(mark(2)),
        text: mark(1),
        place: Some(mark(3)),
        reporter: person,
        evidence: evidence("picture", &file),
        ..wheel()
    };
    let case = app.take_in(&at_desk, draft, None).await.unwrap().case;
    app.reveal_person(&at_desk, &case, &mark(11)).await.unwrap();
    app.confide(&at_desk, case.id, None, Some([].into()), &mark(9))
        .await
        .unwrap();
    app.confide(&at_desk, case.id, None, None, &mark(10)).await.unwrap();
    let dispatch = StepDraft {
        note: Some(mark(4)),
        ..sent_to(EAST_ROADS)
    };
    let reply = || StepDraft {
        reply: Some(mark(6)),
        ..with("hand_in")
    };
    let rework = StepDraft {
        note: Some(mark(5)),
        ..StepDraft::default()
    };
    let roads = handler(EAST_ROADS);
    app.step(&at_desk, case.id, None, "dispatch", dispatch).await.unwrap();
    app.step(&roads, case.id, None, "accept", StepDraft::default())
        .await
        .unwrap();
    let extend = RequestInput {
        reason: mark(7),
        ..request(RequestKind::Extend)
    };
    app.request(&roads, case.id, None, extend).await.unwrap();
    app.settle(&desk(), case.id, None, 1, true, &mark(8)).await.unwrap();
    app.step(&roads, case.id, None, "hand_in", reply()).await.unwrap();
    app.step(&verifier(), case.id, None, "rework", rework).await.unwrap();
    app.step(&roads, case.id, None, "hand_in", reply()).await.unwrap();
    let shown = PublicationDraft {
        title: None,
        text: mark(12),
        reply: Some("已修复".to_owned()),
        area: None,
        words: Some(mark(13)),
    };
    app.publish(&at_desk, case.id, None, shown).await.unwrap()
}

#[tokio::test]
async fn nothing_that_was_said_is_found_on_the_disk() {
    let world = mills().await;
    let app = &world.app;
    // Others before and after, so that rows lie in many pages.
    let others = async || {
        for nth in 0..40 {
            let draft = CaseDraft {
                text: format!("别人的诉求 {nth}").repeat(60),
                place: Some(format!("别人的地方 {nth}")),
                ..wheel()
            };
            app.take_in(&desk(), draft, None).await.unwrap();
        }
    };
    others().await;
    let person = || {
        Some(Person {
            name: Some("王小明".to_owned()),
            phone: Some("13800001234".to_owned()),
            ..Person::default()
        })
    };
    let picture = photo(b"the picture of somebody");
    let case = told(&world, person(), &picture).await;
    let anonymous = told(&world, None, &photo(b"another picture")).await;
    others().await;
    indexed(&world).await;
    let root = world.folder.path();
    assert_eq!(found(root), MARKS, "as long as nobody is erased all of it is there");
    let pictures = |what: &[u8]| {
        files(root)
            .iter()
            .filter(|file| holds(&std::fs::read(file).unwrap(), what))
            .count()
    };
    assert_eq!(
        pictures(b"the picture of somebody"),
        2,
        "the file and its copy for the public"
    );
    let journal: String = world.journal().await.iter().map(|event| format!("{event:?}")).collect();
    assert!(
        MARKS.iter().all(|mark| !journal.contains(mark)),
        "the journal refers to it"
    );
    // It is given to whoever may read it.
    let timeline = format!("{:?}", app.timeline(&desk(), &case).await.unwrap());
    for said in [3, 4, 5, 7, 8, 9, 10, 13] {
        assert!(timeline.contains(MARKS[said - 1]), "{}", MARKS[said - 1]);
    }
    assert_eq!(app.told_case(&case).await.unwrap().place.told(), Some(mark(3).as_str()));
    assert_eq!(app.search(&desk(), &words("标记三")).await.unwrap().cases.len(), 2);

    // What was said is sealed before it is erased.
    let sealer = Sealer {
        events: 5,
        ..Sealer::default()
    };
    followers::catch_up(app, &sealer).await.unwrap();
    let admin = caller(30, &[(SecurityAdmin, CITY)]);
    for (reason, code) in [
        ("王小明本人申请", "names_somebody"),
        ("来电 13800001234 申请", "names_somebody"),
        (" ", "reason_missing"),
    ] {
        assert_eq!(refused(app.erase(&admin, case.id, reason).await), code, "{reason}");
    }
    assert_eq!(found(root).len(), MARKS.len(), "what is refused erases nothing");
    for case in [&case, &anonymous] {
        assert_eq!(app.erase(&admin, case.id, "本人申请").await.unwrap(), [case.id]);
    }
    indexed(&world).await;
    assert_eq!(found(root), Vec::<&str>::new());
    assert_eq!(
        (pictures(b"the picture of somebody"), pictures(b"another picture")),
        (0, 0)
    );
    assert!(!format!("{:?}", app.timeline(&desk(), &case).await.unwrap()).contains("标记"));
    assert!(app.search(&desk(), &words("标记三")).await.unwrap().cases.is_empty());

    // The history is whole: what happened, when and by whom; it rebuilds, and its seals hold.
    assert_eq!(verify_rebuild(app, &|_, _| {}).await.unwrap(), []);
    let kinds: Vec<String> = app
        .timeline(&desk(), &case)
        .await
        .unwrap()
        .iter()
        .map(|e| e.event.fact.kind().to_owned())
        .collect();
    assert_eq!(kinds[..5], ["filed", "confided", "disclosed", "dispatched", "accepted"]);
    assert_eq!(kinds.last().map(String::as_str), Some("erased"));
    // Scrubbed at once, nothing is left for later; what is left is done by the sweep.
    let due = async || world.store.record::<Cursor>(vec!["scrub".into()]).await.unwrap();
    assert_eq!(due().await, None);
    let mark = Cursor {
        name: "scrub".to_owned(),
        position: 1,
    };
    let left = ChangeSet::new().write(Write::insert(&mark));
    world.store.commit(left).await.unwrap();
    app.scrub_what_is_due().await.unwrap();
    assert_eq!(due().await, None);
    let seals = verify_seals(app, Kept::default()).await.unwrap();
    assert!(
        matches!(&seals, Verified::Holds { report, .. } if report.sealed_events > 100),
        "{seals:?}"
    );
    world.store.close().await;
    assert_eq!(found(root), Vec::<&str>::new(), "nor after the server has stopped");
}
