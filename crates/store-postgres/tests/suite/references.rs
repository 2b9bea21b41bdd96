//! What the database itself keeps together.

use quanyu_store::{ChangeSet, CommitError, Records, Schema, Store, Table, Write};
use quanyu_store_postgres::{Options, PostgresStore};
use tokio_postgres::NoTls;

use crate::cluster::{Namespace, namespace};

mod referring {
    quanyu_store::table! {
        /// Who holds stalls.
        pub static HOLDER = "holder", Kept, key 1;
        /// A holder.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Holder {
            /// Their number.
            id: i64,
        }
    }
    quanyu_store::table! {
        /// Badges that are worn; written before their holders, for tables are written in the order of their names.
        pub static BADGE = "badge", Kept, key 1;
        /// A badge.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Badge {
            /// Its number.
            id: i64,
            /// Whose it is.
            holder: Option<i64>,
        }
        reference holder to HOLDER;
    }
}

mod before {
    quanyu_store::table! {
        /// Badges, of a program that did not know of the reference.
        pub static BADGE = "badge", Kept, key 1;
        /// A badge.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Badge {
            /// Its number.
            id: i64,
            /// Whose it is.
            holder: Option<i64>,
        }
    }
}

use referring::{BADGE, Badge, HOLDER, Holder};

async fn open(namespace: &Namespace, badges: &'static Table) -> PostgresStore {
    let options = Options {
        namespace: namespace.name.clone(),
        ..Options::default()
    };
    let schema = Schema::new(1, [&HOLDER, badges], &[]).expect("sound");
    PostgresStore::open(namespace.address, schema, options)
        .await
        .expect("it opens")
}

fn badge(id: i64, holder: Option<i64>) -> ChangeSet {
    ChangeSet::new().write(Write::insert(&Badge { id, holder }))
}

/// What somebody at the database may not do.
async fn deleting_the_holders(namespace: &Namespace) -> Result<u64, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(namespace.address, NoTls)
        .await
        .expect("an operator");
    tokio::spawn(connection);
    client
        .execute(&format!("DELETE FROM {}.holder", namespace.name), &[])
        .await
}

#[tokio::test]
async fn what_a_row_names_is_there_for_as_long_as_the_row() {
    let Some(namespace) = namespace().await else { return };
    let store = open(&namespace, &BADGE).await;
    // A change set is judged as a whole, and each of a group by itself.
    let outcomes = store
        .commit_all(vec![
            badge(1, Some(7)).write(Write::insert(&Holder { id: 7 })),
            badge(2, Some(8)),
            badge(3, None),
        ])
        .await;
    assert!(outcomes[0].is_ok(), "{outcomes:?}");
    assert!(matches!(&outcomes[1], Err(CommitError::Invalid(_))), "{outcomes:?}");
    assert!(outcomes[2].is_ok(), "{outcomes:?}");
    assert_eq!(store.record::<Badge>(vec![2.into()]).await, Ok(None));
    assert!(deleting_the_holders(&namespace).await.is_err());
    store.close().await;

    // It follows its declaration as indexes do, without a migration.
    let store = open(&namespace, &before::BADGE).await;
    store.close().await;
    assert_eq!(deleting_the_holders(&namespace).await.ok(), Some(1));
}

#[tokio::test]
async fn a_database_of_before_is_given_its_references() {
    let Some(namespace) = namespace().await else { return };
    let store = open(&namespace, &before::BADGE).await;
    let made = badge_of_before(7).write(Write::insert(&Holder { id: 7 }));
    store.commit(made).await.expect("committed");
    store.close().await;
    let store = open(&namespace, &BADGE).await;
    store.close().await;
    assert!(deleting_the_holders(&namespace).await.is_err());
}

fn badge_of_before(holder: i64) -> ChangeSet {
    let row = before::Badge {
        id: 1,
        holder: Some(holder),
    };
    ChangeSet::new().write(Write::insert(&row))
}
