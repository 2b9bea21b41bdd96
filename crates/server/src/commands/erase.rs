//! `quanyu erase`: the personal values of somebody, from the machine itself.

use quanyu_app::cases::Caller;
use quanyu_domain::ids::Id;

use super::Fault;
use crate::settings::Settings;
use crate::{terminal, wiring};

/// Erases who reported a case.
pub async fn erase(settings: &Settings, case: &str, reason: &str) -> Result<(), Fault> {
    let case: Id = case.parse().map_err(|fault| Fault::Other(format!("{case}: {fault}")))?;
    let app = wiring::open(settings).await?;
    app.reload_rules().await?;
    let erased = app.erase(&Caller::program(), case, reason).await;
    // The index loses the words before anybody can ask it again.
    let caught_up = match &erased {
        Ok(_) => quanyu_app::followers::run_until_caught_up(&app, &quanyu_app::followers::all()).await,
        Err(_) => Ok(()),
    };
    app.store.close().await;
    let numbers: Vec<String> = erased?.iter().map(ToString::to_string).collect();
    caught_up?;
    if settings.json {
        terminal::say_json(&serde_json::json!({ "cases": numbers }));
    } else {
        terminal::say(&told(&numbers));
    }
    Ok(())
}

/// What was erased, in words.
fn told(cases: &[String]) -> String {
    match cases {
        // Somebody who had added themselves to a case of somebody else: there was a telephone number at most.
        [] => "erased; no texts went with it: the number was that of somebody who had added themselves to a case"
            .to_owned(),
        cases => format!("erased, with the texts of {}", cases.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn what_was_erased_is_told_with_and_without_cases() {
        let case = || "240304-090000-100001".to_owned();
        assert_eq!(
            told(&[case(), case()]),
            format!("erased, with the texts of {0}, {0}", case())
        );
        let nobody = told(&[]);
        assert!(nobody.starts_with("erased") && !nobody.contains("texts of"), "{nobody}");
    }
}
