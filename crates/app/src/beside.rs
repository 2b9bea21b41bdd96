//! What lies beside the database: the file of keys and the folder of attachments. A server that was started with another
//! folder than the others would seal with keys that nobody else has, and miss what was handed in elsewhere. So the database
//! knows the id of the root key that it needs, and what it refers to is looked for.

use quanyu_store::{ChangeSet, CommitError, Query, Record, Records, Store, StoreError, Write, table};

use crate::blobs::Blobs;
use crate::error::{AppError, damaged};
use crate::scan::Pages;
use crate::tables::{CONTENT, ContentRow};
use crate::vault::Vault;

table! {
    /// The root key that the database needs beside it (根密钥).
    pub static ROOT_KEY = "root_key", Kept, key 1;
    /// The root key; there is one.
    #[derive(Clone, Debug, PartialEq)]
    pub struct RootKeyRow {
        /// What it is for: everything.
        purpose: String,
        /// Its id, see [`Vault::key_id`]; never the key itself.
        key_id: String,
    }
}

/// The purpose of the one key.
const EVERYTHING: &str = "everything";
/// Rows that are read at once.
const PAGE: usize = 500;

/// The id of the root key that a store needs; `None` of a store that no program has opened with one yet.
///
/// # Errors
/// When the store does not answer.
pub async fn needed_root_key(store: &dyn Store) -> Result<Option<String>, StoreError> {
    let row = store.record::<RootKeyRow>(vec![EVERYTHING.into()]).await?;
    Ok(row.map(|row| row.key_id))
}

/// Has a store remember the root key of a vault, where it knows none yet; the id of the one that it needs.
///
/// # Errors
/// When the store does not answer.
pub async fn settle_root_key(store: &dyn Store, vault: &Vault) -> Result<String, AppError> {
    if let Some(needed) = needed_root_key(store).await? {
        return Ok(needed);
    }
    let own = RootKeyRow {
        purpose: EVERYTHING.to_owned(),
        key_id: vault.key_id(),
    };
    match store.commit(ChangeSet::new().write(Write::insert(&own))).await {
        Ok(_) => Ok(own.key_id),
        // Another server was quicker.
        Err(CommitError::Conflict { .. }) => Ok(needed_root_key(store).await?.unwrap_or(own.key_id)),
        Err(CommitError::Unavailable(fault)) => Err(fault.into()),
        Err(fault) => Err(damaged("root key", fault)),
    }
}

/// What was looked for in an object store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// How many objects: of every content its bytes, and the copy for the public where there is one.
    pub objects: usize,
    /// Those that are not there.
    pub missing: Vec<String>,
}

impl Looked {
    /// Whether nothing is there of what was looked for: the object store is another database's, or nobody's.
    pub fn found_nothing(&self) -> bool {
        self.objects > 0 && self.missing.len() == self.objects
    }
}

/// Looks for the bytes of attachments: of so many contents at most. They are read in the order of their hashes, so that a few
/// are a sample of all.
///
/// # Errors
/// When the store or the object store does not answer.
pub async fn look_for_objects(store: &dyn Store, blobs: &Blobs, at_most: usize) -> Result<Looked, AppError> {
    let (mut looked, mut contents) = (Looked::default(), 0);
    let mut pages = Pages::of(Query::by_key(&CONTENT, PAGE.min(at_most)));
    while let Some(page) = pages.next(store).await? {
        for row in page {
            if contents == at_most {
                return Ok(looked);
            }
            contents += 1;
            let content = ContentRow::from_row(row).map_err(StoreError::from)?;
            for object in std::iter::once(content.object).chain(content.public_object) {
                looked.objects += 1;
                if !blobs.has(&object).await? {
                    looked.missing.push(object);
                }
            }
        }
    }
    Ok(looked)
}
