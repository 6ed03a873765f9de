//! When a command of strategies can be used, or why not.

use super::Reason;
use super::available::{edit_strategy as may_edit, may_go, speaks};
use super::chosen::strategy;
use super::gate::{approver, free, online, strategist};
use crate::app::state::{Leaflet, LeafletPage, Page, State};
use crate::domain::operator::Duty;
use crate::domain::strategy::life::Bar;
use crate::domain::strategy::{StrategyRow, StrategyState};
use crate::msg;

type Can = Result<(), Reason>;

fn given(holds: bool, reason: crate::domain::message::Key) -> Can {
    if holds { Ok(()) } else { Err(reason.into()) }
}

fn chosen(state: &State) -> Result<&StrategyRow, Reason> {
    strategy(state).ok_or_else(|| msg!("console.reason.no-strategy").into())
}

/// A strategy is chosen.
///
/// # Errors
/// That there is none.
pub fn read_strategy(state: &State) -> Can {
    chosen(state).map(|_| ())
}

/// A strategy is chosen and the operator is a strategist.
///
/// # Errors
/// What is missing.
pub fn edit_strategy(state: &State) -> Can {
    may_edit(state)
}

/// The same, for what a card is opened for.
///
/// # Errors
/// What is missing.
pub fn strategist_reads(state: &State) -> Can {
    strategist(state)?;
    read_strategy(state)
}

/// The chosen strategy is not with the branches.
///
/// # Errors
/// What is missing.
pub fn archive(state: &State) -> Can {
    may_edit(state)?;
    free(state)?;
    let live = chosen(state)?.state == StrategyState::Live;
    given(!live, msg!("console.reason.live-strategy"))
}

/// The chosen strategy waits for approval, and the operator may speak; it is not his own text, nor that of the one for whom he stands.
///
/// # Errors
/// What is missing.
pub fn send_back(state: &State) -> Can {
    let row = chosen(state)?;
    given(row.state == StrategyState::Submitted, msg!("console.reason.not-submitted"))?;
    speaks(state)?;
    let own = state.session.is(&row.author) || row.life.bar.is_some_and(Bar::is_of_writers);
    given(!own, msg!("life.own-text"))?;
    free(state)
}

/// The operator works with strategies, as strategist or approver.
fn has_hand(state: &State) -> Can {
    if state.session.has(Duty::Approver) { Ok(()) } else { strategist(state) }
}

/// The chosen strategy may be pushed, is with the branches, or is paused.
///
/// # Errors
/// What is missing.
pub fn brake(state: &State) -> Can {
    use StrategyState::{Approved, Live, Paused};
    let row = chosen(state)?;
    given(matches!(row.state, Approved | Live | Paused), msg!("console.reason.nothing-runs"))?;
    has_hand(state)?;
    if let Some(paused) = row.life.paused.as_ref().filter(|said| !state.session.is(&said.by)) {
        let by = Reason::new(msg!("console.reason.brake-of")).with("name", paused.by.as_str());
        if !state.session.has(Duty::Approver) {
            return Err(by);
        }
    }
    free(state)
}

/// The operator works with strategies.
///
/// # Errors
/// What is missing.
pub fn kill_switch(state: &State) -> Can {
    has_hand(state)?;
    free(state)
}

/// The operator is an approver.
///
/// # Errors
/// What is missing.
pub fn delegate(state: &State) -> Can {
    approver(state)?;
    free(state)
}

/// The chosen version has one before it.
///
/// # Errors
/// That it is the first.
pub fn versions(state: &State) -> Can {
    given(chosen(state)?.version > 1, msg!("console.reason.first-version"))
}

/// A form is open whose script can be filled.
///
/// # Errors
/// What is missing.
pub fn sample(state: &State) -> Can {
    strategist(state)?;
    given(matches!(state.page(), Some(Page::Form(_))), msg!("console.reason.no-strategy"))
}

/// A plan is on screen that was kept, and has customers.
///
/// # Errors
/// What is missing.
pub fn apply(state: &State) -> Can {
    kept(state)?;
    super::available::apply(state)
}

/// What stands under the cursor can be opened; nothing of a preview can.
///
/// # Errors
/// What is missing.
pub fn open(state: &State) -> Can {
    kept(state)?;
    super::going::open(state)
}

/// What is on screen is no preview.
fn kept(state: &State) -> Can {
    let preview = matches!(state.page(), Some(Page::Plan(page)) if page.preview.is_some());
    given(!preview, msg!("console.reason.only-preview"))
}

/// Waves are on screen, of a strategy that is approved, and the operator is a strategist.
///
/// # Errors
/// What is missing.
pub fn preview(state: &State) -> Can {
    strategist(state)?;
    let Some(Page::Leaflet(LeafletPage { code, version, of: Leaflet::Waves { .. }, .. })) =
        state.page()
    else {
        return Err(msg!("console.reason.not-waves").into());
    };
    let mut rows = state.strategies.all().iter();
    let row = rows.find(|row| row.text.code == *code && row.version == *version);
    let Some(row) = row else { return Err(msg!("console.reason.not-approved").into()) };
    may_go(row.state)?;
    online(state)
}

/// Versions are compared on screen.
///
/// # Errors
/// That they are not.
pub fn compared(state: &State) -> Can {
    let here = matches!(state.page(), Some(Page::Leaflet(page)) if matches!(page.of, Leaflet::Compared { .. }));
    given(here, msg!("console.reason.not-compared"))
}

/// A save that came too late is on screen.
///
/// # Errors
/// That there is none.
pub fn take_base(state: &State) -> Can {
    let here = matches!(state.page(), Some(Page::Leaflet(page)) if matches!(page.of, Leaflet::Late { .. }));
    given(here, msg!("console.reason.not-late"))
}
