//! A schema says at once what is wrong with it.

use quanyu_store::schema::{Column, Index, Migration, Reference, Schema, Table, TableClass};
use quanyu_store::{Kind, Record, Row, Value};

quanyu_store::table! {
    /// A stall
    /// at a market.
    pub static STALL = "stall", Derived, key 2;
    /// One stall.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Stall {
        /// District.
        district: i64,
        /// Number.
        id: i64,
        /// What the sign says.
        title: String,
        /// Next inspection.
        due: Option<jiff::Timestamp>,
        /// Version.
        version: i64,
    }
    index by_due(due) "a round";
    index by_title(district, title) "finding one";
}

fn column(name: &'static str, kind: Kind, nullable: bool) -> Column {
    Column {
        name,
        kind,
        nullable,
        doc: "",
    }
}

/// A table of leaked parts, for the faults that a static cannot be written for one by one.
fn table(name: &'static str, columns: Vec<Column>, key_len: usize, indexes: Vec<Index>) -> &'static Table {
    Box::leak(Box::new(Table {
        name,
        doc: "",
        columns: columns.leak(),
        key_len,
        indexes: indexes.leak(),
        references: &[],
        class: TableClass::Kept,
    }))
}

fn fault(table: &'static Table) -> String {
    Schema::new(1, [table], &[]).err().expect("a fault").to_string()
}

#[test]
fn a_struct_and_its_table_are_declared_together() {
    assert_eq!(STALL.doc, "A stall at a market.");
    assert_eq!(
        STALL.columns.iter().map(|column| column.name).collect::<Vec<_>>(),
        ["district", "id", "title", "due", "version"]
    );
    assert!(STALL.columns[3].nullable && !STALL.columns[2].nullable);
    assert_eq!(STALL.columns[3].kind, Kind::Time);
    let stall = Stall {
        district: 1,
        id: 2,
        title: "面".to_owned(),
        due: None,
        version: 1,
    };
    assert_eq!(Stall::from_row(stall.to_row()), Ok(stall.clone()));
    assert_eq!(stall.key(), [Value::Int(1), Value::Int(2)]);
    let short = Stall::from_row(Row(vec![Value::Int(1)])).expect_err("too short");
    assert!(short.to_string().contains("1 values where 5"), "{short}");
    let mut wrong = stall.to_row();
    wrong.0[2] = Value::Int(3);
    let wrong = Stall::from_row(wrong).expect_err("a number for a text");
    assert_eq!((wrong.table, wrong.column), ("stall", "title"));
}

#[test]
fn an_index_ends_with_the_key() {
    assert_eq!(STALL.order_of(None), Some(vec![0, 1]));
    assert_eq!(STALL.order_of(Some("by_due")), Some(vec![3, 0, 1]));
    assert_eq!(STALL.order_of(Some("by_title")), Some(vec![0, 2, 1]));
    assert_eq!(STALL.order_of(Some("by_weight")), None);
}

#[test]
fn faults_name_their_place() {
    let key = || column("id", Kind::Int, false);
    assert!(fault(table("Stall", vec![key()], 1, vec![])).contains("snake_case"));
    assert!(fault(table("stall; --", vec![key()], 1, vec![])).contains("snake_case"));
    assert!(fault(table("journal", vec![key()], 1, vec![])).contains("two tables"));
    assert!(fault(table("stall", vec![key()], 0, vec![])).contains("key_len 0"));
    assert!(fault(table("stall", vec![key()], 2, vec![])).contains("key_len 2"));
    assert!(fault(table("stall", vec![key(), key()], 1, vec![])).contains("stall.id: two columns"));
    assert!(fault(table("stall", vec![column("id", Kind::Int, true)], 1, vec![])).contains("nullable"));
    assert!(fault(table("stall", vec![column("id", Kind::Json, false)], 1, vec![])).contains("no order"));
    assert!(
        fault(table(
            "stall",
            vec![key(), column("version", Kind::Text, false)],
            1,
            vec![]
        ))
        .contains("stall.version")
    );
    let index = |name, columns| {
        vec![Index {
            name,
            columns,
            serves: "",
        }]
    };
    assert!(
        fault(table("stall", vec![key()], 1, index("by_due", &["due"])))
            .contains("stall/by_due: the table has no column")
    );
    assert!(fault(table("stall", vec![key()], 1, index("by_id", &["id", "id"]))).contains("twice"));
    assert!(fault(table("stall", vec![key()], 1, index("by_id", &[]))).contains("no column"));
    let json = vec![key(), column("body", Kind::Json, false)];
    assert!(fault(table("stall", json, 1, index("by_body", &["body"]))).contains("no order"));
}

#[test]
fn a_reference_is_to_a_kept_table_that_stands_before() {
    let columns = || vec![column("id", Kind::Int, false), column("name", Kind::Text, false)];
    let street = table("street", columns(), 1, vec![]);
    let pair = table("pair", columns(), 2, vec![]);
    let referring = |column, to| -> &'static Table {
        Box::leak(Box::new(Table {
            name: "house",
            doc: "",
            columns: columns().leak(),
            key_len: 1,
            indexes: &[],
            references: vec![Reference { column, to }].leak(),
            class: TableClass::Kept,
        }))
    };
    let fault = |house, others: [&'static Table; 3]| {
        let tables = others.into_iter().chain([house]);
        Schema::new(1, tables, &[])
            .map(|_| ())
            .map_err(|fault| fault.to_string())
    };
    let before = [street, pair, &STALL];
    assert_eq!(fault(referring("id", street), before), Ok(()));
    for (house, what) in [
        (
            referring("colour", street),
            "house.colour: refers to another table, and is no column",
        ),
        (referring("name", street), "house.name: is not of the same kind"),
        (referring("id", pair), "house.id: is not of the same kind"),
        (referring("id", &STALL), "a rebuild empties"),
    ] {
        let fault = fault(house, before).expect_err("a fault");
        assert!(fault.contains(what), "{fault}");
    }
    let late = Schema::new(1, [referring("id", street), street], &[])
        .err()
        .expect("a fault");
    assert!(late.to_string().contains("must stand before it"), "{late}");
}

#[test]
fn the_way_from_an_older_version_is_known_or_refused() {
    static STEPS: [Migration; 2] = [
        Migration {
            to: 3,
            what: "third",
            steps: &[],
        },
        Migration {
            to: 4,
            what: "fourth",
            steps: &[],
        },
    ];
    let schema = Schema::new(4, [&STALL], &STEPS).expect("sound");
    let way = |from| {
        schema
            .way_from(from)
            .map(|way| way.iter().map(|step| step.to).collect::<Vec<_>>())
    };
    assert_eq!(way(4), Ok(vec![]));
    assert_eq!(way(3), Ok(vec![4]));
    assert_eq!(way(2), Ok(vec![3, 4]));
    assert!(way(1).expect_err("too old").to_string().contains("older release"));
    assert!(way(5).expect_err("too new").to_string().contains("newer program"));
    assert!(Schema::new(5, [&STALL], &STEPS).is_err(), "no step leads to 5");
    assert!(Schema::new(3, [&STALL], &STEPS).is_err(), "a step leads beyond 3");
    assert!(Schema::new(0, [&STALL], &[]).is_err());
}
