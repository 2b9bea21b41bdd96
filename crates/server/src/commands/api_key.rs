//! `quanyu key`: API keys of other systems, from the machine itself.

use quanyu_app::api_keys::{ApiKey, KeyDraft, KeyRight};
use quanyu_app::cases::Caller;
use quanyu_domain::ids::{DistrictId, Id};

use super::Fault;
use crate::cli::KeyCommand;
use crate::settings::Settings;
use crate::{terminal, wiring};

/// Runs one of the commands.
pub async fn run(settings: &Settings, command: KeyCommand) -> Result<(), Fault> {
    let app = wiring::open(settings).await?;
    app.reload_rules().await?;
    let caller = Caller::program();
    match command {
        KeyCommand::Add {
            name,
            districts,
            rights,
            expires,
        } => {
            let draft = KeyDraft {
                name,
                districts: districts.into_iter().map(DistrictId).collect(),
                rights: rights.iter().map(|text| right(text)).collect::<Result<_, _>>()?,
                expires_at: expires,
            };
            let made = app.make_key(&caller, draft).await?;
            if settings.json {
                terminal::say_json(&serde_json::json!({ "id": made.key.id.to_string(), "token": made.token }));
            } else {
                terminal::say(&format!("key {}; it is shown this once:\n{}", made.key.id, made.token));
            }
        }
        KeyCommand::List => {
            for key in app.keys(&caller).await? {
                if settings.json {
                    terminal::say_json(&key);
                } else {
                    terminal::say(&line(&key));
                }
            }
        }
        KeyCommand::Revoke { id } => {
            let id: Id = id
                .parse()
                .map_err(|fault: quanyu_domain::ids::InvalidId| Fault::Other(fault.to_string()))?;
            app.set_key_active(&caller, id, None, false).await?;
            terminal::say(&format!("key {id} is revoked"));
        }
    }
    app.store.close().await;
    Ok(())
}

fn line(key: &ApiKey) -> String {
    let districts: Vec<String> = key.draft.districts.iter().map(DistrictId::to_string).collect();
    let rights: Vec<&str> = key.draft.rights.iter().map(|right| right.name()).collect();
    let end = key
        .draft
        .expires_at
        .map_or_else(String::new, |end| format!("  (until {end})"));
    let used = key
        .used_at
        .map_or_else(|| "never used".to_owned(), |at| format!("used {at}"));
    let revoked = if key.active { "" } else { "  (revoked)" };
    format!(
        "{}\t{}\t{}\t{}\t{used}{end}{revoked}",
        key.id,
        key.draft.name,
        districts.join(" "),
        rights.join(" ")
    )
}

fn right(text: &str) -> Result<KeyRight, Fault> {
    let known = || KeyRight::ALL.map(KeyRight::name).join(", ");
    KeyRight::by_name(text).ok_or_else(|| Fault::Other(format!("there is no right `{text}`: choose of {}", known())))
}
