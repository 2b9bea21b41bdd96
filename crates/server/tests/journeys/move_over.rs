//! A district goes from the data folder to a server, and back.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::cluster::{Database, database};
use crate::support::{fails, root, succeeds};

const RATES: [&str; 5] = ["rates", "--by", "month", "--csv", "--period=2024-01..2024-12"];

#[tokio::test]
async fn a_move_that_was_killed_goes_on_and_everything_is_there() {
    let Some(database) = database("").await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    succeeds(
        &old,
        &["demo", "--scale", "1200", "--until", "2024-12-31", "--no-serve"],
    );
    // Something that no record is needed for: it is carried as it is.
    let photo = old.join("attachments").join("ab");
    std::fs::create_dir_all(&photo).expect("made");
    std::fs::write(photo.join("photo"), vec![7; 70_000]).expect("written");
    let rates = succeeds(&old, &RATES);
    let from = format!("sqlite:{}", old.display());
    let arguments = ["move", "--from", &from, "--to", &database.address];

    // Killed as soon as something is there that is half done.
    let mut moving = Command::new(env!("CARGO_BIN_EXE_quanyu"))
        .args(arguments)
        .arg("--data")
        .arg(&new)
        .current_dir(root())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    while !is_half_done(&database).await {
        let ended = moving.try_wait().expect("it can be looked at");
        assert!(ended.is_none(), "it was over before it was seen in the middle");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    moving.kill().expect("it can be killed");
    moving.wait().expect("it is dead");
    assert!(is_half_done(&database).await, "it was killed in the middle");
    let refused = fails(&new, &["serve", "--database", &database.address]);
    assert!(refused.contains("half filled"), "{refused}");
    let told = succeeds(&new, &arguments);
    assert!(told.contains("the same in both"), "{told}");
    let on = |arguments: &[&str]| succeeds(&new, &[arguments, &["--database", &database.address]].concat());
    assert_eq!(on(&RATES), rates);
    assert!(on(&["rebuild", "--verify"]).contains("case: 1200 rows  as kept"));
    assert_eq!(
        std::fs::read(new.join("attachments/ab/photo")).expect("carried"),
        vec![7; 70_000]
    );
    assert_eq!(
        std::fs::read(new.join("keys/root.key")).expect("carried"),
        std::fs::read(old.join("keys/root.key")).expect("kept")
    );
    let again = fails(&new, &arguments);
    assert!(again.contains("it is not empty"), "{again}");

    // And back, into a folder that holds nothing.
    let back = folder.path().join("back");
    let to = format!("sqlite:{}", back.display());
    succeeds(&new, &["move", "--from", &database.address, "--to", &to]);
    assert_eq!(succeeds(&back, &RATES), rates);
    let nothing = fails(
        &new,
        &["move", "--from", "sqlite:/no/such/folder", "--to", &database.address],
    );
    assert!(nothing.contains("holds no database"), "{nothing}");
    let odd = fails(&new, &["move", "--from", "mysql://x", "--to", &to]);
    assert!(odd.contains("sqlite:FOLDER"), "{odd}");
}

/// Whether a move has begun and is not over.
async fn is_half_done(database: &Database) -> bool {
    let tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'cursor'";
    let unfinished = "SELECT count(*) FROM quanyu.cursor WHERE name = 'carry'";
    database.ask(tables).await == ["1"] && database.ask(unfinished).await == ["1"]
}
