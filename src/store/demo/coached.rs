//! The demo bank's score card, and what its branches were coached about: one agreement that was kept, one that is looked at a
//! second time, one that nobody has looked at though its day has passed, one that is still ahead.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::staged::{AUTHOR, PastError, be, be_owner, set_day};
use super::story::{BRANCH, SUB_BRANCHES, day};
use crate::domain::coaching::{Found, NewCoaching};
use crate::store::{coaching, operator, score};

/// The card, as the file that a bank would begin with.
const CARD: &str = include_str!("../../../fixtures/demo/score-card.toml");

struct Noted {
    day: NaiveDate,
    org: &'static str,
    of_rm: bool,
    seen: &'static str,
    agreed: &'static str,
    due: NaiveDate,
    looks: &'static [Look],
}

struct Look {
    day: (i32, u32, u32),
    result: Found,
    text: &'static str,
    next_due: Option<(i32, u32, u32)>,
}

fn noted() -> [Noted; 4] {
    [
        Noted {
            day: day(2026, 9, 21),
            org: SUB_BRANCHES[0],
            of_rm: false,
            seen: "派单后三天无人签收，早会只讲产品、不过名单。",
            agreed: "每日早会过名单前十户；网点主任 9:30 前签收当日派单。",
            due: day(2026, 10, 12),
            looks: &[Look {
                day: (2026, 10, 12),
                result: Found::Kept,
                text: "连续两周当日签收，早会记录齐全。",
                next_due: None,
            }],
        },
        Noted {
            day: day(2026, 10, 9),
            org: SUB_BRANCHES[0],
            of_rm: true,
            seen: "客户拒绝后不问原因，结果只填“拒绝”。",
            agreed: "每通电话当日填写结果，拒绝要写原因与下次联系日。",
            due: day(2026, 10, 20),
            looks: &[Look {
                day: (2026, 10, 20),
                result: Found::Again,
                text: "约七成写了原因，其余本周补录。",
                next_due: Some((2026, 10, 30)),
            }],
        },
        Noted {
            day: day(2026, 10, 15),
            org: SUB_BRANCHES[1],
            of_rm: false,
            seen: "接通率高而成交低：话术停在产品介绍，没有提出方案。",
            agreed: "两名客户经理随主管外呼半天，按话术三步提出方案。",
            due: day(2026, 10, 28),
            looks: &[],
        },
        Noted {
            day: day(2026, 10, 26),
            org: BRANCH,
            of_rm: false,
            seen: "三家支行代发客户转出，行内无人汇总原因。",
            agreed: "分行每周五汇总转出客户去向，次周一例会通报。",
            due: day(2026, 11, 6),
            looks: &[],
        },
    ]
}

/// Loads the card and writes the log, each on its own day. `bank` is the day on which the bank stands.
pub(super) async fn plant(tx: &mut PgConnection, bank: NaiveDate) -> Result<(), PastError> {
    for entry in noted() {
        on(tx, entry.day).await?;
        let rm = if entry.of_rm { operator::first_rm(tx, entry.org).await? } else { None };
        let new = NewCoaching {
            org: entry.org.to_owned(),
            rm,
            seen_on: None,
            seen: entry.seen.to_owned(),
            agreed: entry.agreed.to_owned(),
            due: entry.due,
        };
        let noted = coaching::new(tx, &new).await?;
        for look in entry.looks {
            on(tx, date(look.day)).await?;
            let next = look.next_due.map(date);
            coaching::recheck(tx, noted.coaching, look.result, look.text, next).await?;
        }
    }
    on(tx, bank).await?;
    score::load(tx, CARD).await?;
    Ok(())
}

fn date((year, month, of_month): (i32, u32, u32)) -> NaiveDate {
    day(year, month, of_month)
}

/// The transaction is the author's on that day.
async fn on(tx: &mut PgConnection, day: NaiveDate) -> Result<(), PastError> {
    be_owner(tx).await?;
    set_day(tx, day).await?;
    be(tx, AUTHOR).await?;
    Ok(())
}
