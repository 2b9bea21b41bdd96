//! A record is brought once, however often and by however many it is read.

use super::*;

#[tokio::test]
async fn read_again_a_file_adds_nothing() {
    let world = world().await;
    let mut text = format!("{HEADER}{}", rows(0, 1_500));
    let path = file(&world, "a.csv", &text);
    let (first, _) = import(&world, &path).await;
    assert_eq!(counts(&first), [1_500, 0, 0]);
    let (again, _) = import(&world, &path).await;
    assert_eq!(counts(&again), [0, 0, 1_500]);
    assert_eq!(again.reply_days, first.reply_days);
    // A file that has grown brings what is new; a row that has changed is told of, and its case stays as it was.
    text.push_str(&rows(1_500, 10));
    let text = text.replace("第3处破损", "第3处已修好");
    let (grown, rejects) = import(&world, &file(&world, "b.csv", text)).await;
    assert_eq!(counts(&grown), [10, 1, 1_499]);
    assert_eq!((rejects[0].line, rejects[0].reason.code), (5, "changed_since_import"));
    assert_eq!(cases(&world, EAST).await.len(), 1_510);
    // Another source has ids of its own.
    let other = Mapping::parse("map.toml", &MAPPING.replace("old-system", "older-system")).unwrap();
    let (others, _) = import_with(&world.app, &other, &path).await.unwrap();
    assert_eq!(counts(&others), [1_500, 0, 0]);
}

#[tokio::test]
async fn without_ids_the_same_row_is_the_same_record() {
    let world = world().await;
    let mapping = Mapping::parse("map.toml", &MAPPING.replace("external_id = \"id\"\n", "")).unwrap();
    let row = rows(1, 1);
    let path = file(&world, "a.csv", format!("{HEADER}{row}{row}{}", rows(2, 1)));
    let (summary, _) = import_with(&world.app, &mapping, &path).await.unwrap();
    assert_eq!(counts(&summary), [2, 0, 1]);
    let (again, _) = import_with(&world.app, &mapping, &path).await.unwrap();
    assert_eq!(counts(&again), [0, 0, 3]);
}

#[tokio::test]
async fn an_interrupted_import_goes_on_where_it_stopped() {
    let world = world().await;
    let path = file(&world, "a.csv", format!("{HEADER}{}", rows(0, 16_000)));
    let (sender, mut committed) = tokio::sync::mpsc::unbounded_channel();
    let map = mapping();
    let import_once = world.app.import_cases(&map, &path, |news| {
        if let ImportNews::Progress(progress) = news {
            let _ = sender.send(progress.imported);
        }
        Ok(())
    });
    // The future is dropped as soon as a batch is in.
    tokio::select! {
        finished = import_once => panic!("it was to be interrupted: {finished:?}"),
        () = async { while committed.recv().await.expect("progress") < 2_000 {} } => {}
    }
    // A report that cannot be written interrupts it as well.
    let full = world.app.import_cases(&map, &path, |news| match news {
        ImportNews::Progress(progress) if progress.already + progress.imported > 6_000 => {
            Err(std::io::Error::other("no space left"))
        }
        _ => Ok(()),
    });
    assert!(matches!(full.await, Err(ImportError::Report(_))));
    let there = cases(&world, EAST).await.len();
    assert!((2_000..16_000).contains(&there), "{there} cases are there");
    let (rest, _) = import(&world, &path).await;
    assert_eq!(rest.imported + rest.already, 16_000);
    assert!(rest.already >= 2_000 && rest.imported > 0, "{rest:?}");
    assert_eq!((cases(&world, EAST).await.len(), rest.replies), (16_000, 16_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_imports_at_once_double_nothing() {
    let mut world = world().await;
    let other = world.another_server();
    other.set_rules(rules_for_imports());
    // The same file twice at once; and then two files that share most of their rows.
    let one = file(&world, "a.csv", format!("{HEADER}{}", rows(0, 3_000)));
    let two = file(&world, "b.csv", format!("{HEADER}{}", rows(2_000, 3_000)));
    let map = mapping();
    for (a, b) in [(&one, &one), (&one, &two)] {
        let (a, b) = tokio::join!(import_with(&world.app, &map, a), import_with(&other, &map, b));
        let (a, b) = (a.expect("imported").0, b.expect("imported").0);
        assert_eq!([a.imported + a.already, b.imported + b.already], [3_000, 3_000]);
    }
    assert_eq!(cases(&world, EAST).await.len(), 5_000);
}

#[tokio::test]
async fn numbers_that_are_taken_are_passed_over() {
    let world = world().await;
    let day = (0..500).fold(HEADER.to_owned(), |text, n| {
        format!("{text}{n},,,件{n},2024/2/1,,,,,,,,\n")
    });
    let (first, _) = import(&world, &file(&world, "a.csv", &day)).await;
    assert_eq!(first.imported, 500);
    // Another server that mistakes itself for the first: it mints the same numbers for the same moments.
    let store: Arc<dyn Store> = world.store.clone();
    let random = Arc::new(SeededRandom::new(9));
    let ids = Ids::new(Offset::constant(8), 1, 0);
    let vault = Vault::new([7; 32], random.clone());
    let blobs = Blobs::folder(&world.folder.path().join("files")).unwrap();
    let twin = Arc::new(App::new(
        store,
        world.clock.clone(),
        ids,
        random,
        vault,
        blobs,
        policy(),
    ));
    twin.set_rules(rules_for_imports());
    let other = Mapping::parse("map.toml", &MAPPING.replace("old-system", "older-system")).unwrap();
    let (second, _) = import_with(&twin, &other, &file(&world, "a.csv", &day)).await.unwrap();
    assert_eq!(counts(&second), [500, 0, 0]);
    let cases = cases(&world, EAST).await;
    assert_eq!(cases.len(), 1_000);
    assert!(cases.iter().all(|case| case.filed_at == at("2024-02-01T00:00")));
}
