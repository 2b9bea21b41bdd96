//! `quanyu user`: accounts of staff, from the machine itself.

use std::io::{IsTerminal, Read};

use quanyu_app::App;
use quanyu_app::accounts::{AccountDraft, AccountFilter};
use quanyu_app::cases::Caller;
use quanyu_domain::access::{Grant, Role};
use quanyu_domain::ids::Id;

use super::Fault;
use crate::cli::UserCommand;
use crate::settings::Settings;
use crate::{terminal, wiring};

/// Runs one of the commands.
pub async fn run(settings: &Settings, command: UserCommand) -> Result<(), Fault> {
    let app = wiring::open(settings).await?;
    app.reload_rules().await?;
    let caller = Caller::program();
    match command {
        UserCommand::Add { login, name, grants } => {
            let grants = grants.iter().map(|text| grant(text)).collect::<Result<Vec<_>, _>>()?;
            let draft = AccountDraft {
                login,
                name,
                password: password()?,
                grants,
            };
            let account = app.create_account(&caller, draft).await?;
            terminal::say(&format!("account {} ({})", account.login, account.name));
        }
        UserCommand::List => {
            let mut after = None;
            loop {
                let page = app.accounts(&caller, &AccountFilter::default(), after, 200).await?;
                for account in &page.accounts {
                    let grants: Vec<String> = account
                        .grants
                        .iter()
                        .map(|g| format!("{}@{}", g.role.name(), g.unit))
                        .collect();
                    let active = if account.active { "" } else { "  (shut)" };
                    terminal::say(&format!(
                        "{}\t{}\t{}{active}",
                        account.login,
                        account.name,
                        grants.join(" ")
                    ));
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        UserCommand::Password { login } => {
            let account = known(&app, &login).await?;
            app.set_password(&caller, account, &password()?).await?;
            terminal::say(&format!("password of {login} set"));
        }
        UserCommand::Active { login, active } => {
            let account = known(&app, &login).await?;
            if active {
                app.activate(&caller, account).await?;
            } else {
                app.deactivate(&caller, account).await?;
            }
            terminal::say(&format!("{login} is {}", if active { "open" } else { "shut" }));
        }
    }
    app.store.close().await;
    Ok(())
}

async fn known(app: &App, login: &str) -> Result<Id, Fault> {
    let account = app.account_of_login(login).await?;
    account.ok_or_else(|| Fault::Other(format!("there is no account `{login}`; `quanyu user list` shows them")))
}

fn grant(text: &str) -> Result<Grant, Fault> {
    let (role, unit) = text.split_once('@').ok_or_else(|| {
        Fault::Other(format!(
            "`{text}` is no grant: write ROLE@UNIT, such as dispatcher@123456000000"
        ))
    })?;
    let known = || Role::ALL.map(Role::name).join(", ");
    let role = Role::by_name(role)
        .ok_or_else(|| Fault::Other(format!("there is no role `{role}`: choose one of {}", known())))?;
    let unit = unit
        .parse()
        .map_err(|fault: quanyu_domain::units::InvalidUnitCode| Fault::Other(fault.to_string()))?;
    Ok(Grant { role, unit })
}

/// The password from QUANYU_PASSWORD or the first line of standard input; never from the command line, where others see it.
fn password() -> Result<String, Fault> {
    if let Ok(password) = std::env::var("QUANYU_PASSWORD") {
        return Ok(password);
    }
    if std::io::stdin().is_terminal() {
        return Err(Fault::Other(
            "give the password on standard input (`… < file`) or in QUANYU_PASSWORD".to_owned(),
        ));
    }
    let mut text = String::new();
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut text)
        .map_err(|fault| Fault::Other(fault.to_string()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
