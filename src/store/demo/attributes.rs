//! The attribute dictionary of the bank, and each customer's values.
//!
//! Each row of [`DICTIONARY`] draws from a stream of its own, so adding one at the end changes no other. Gaps are
//! planted where a real bank has them: nobody knows the education of everyone.

use chrono::{Days, NaiveDate};

use super::customers::Customer;
use super::events::Event;
use super::rng::{Rng, Stream, mul_div};
use super::story;
use super::units::SubBranch;
use crate::domain::attribute::AttributeType;

/// A value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of a flag.
    Flag(bool),
    /// Of a category.
    Text(&'static str),
    /// Of a number.
    Number(i64),
    /// Of money, in fen.
    Money(i64),
    /// Of a date.
    Date(NaiveDate),
}

/// One row of the attribute dictionary.
pub struct Attribute {
    /// The word used in rules.
    pub code: &'static str,
    /// Its type.
    pub kind: AttributeType,
    /// Chinese name.
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
    /// The system it comes from.
    pub source: &'static str,
    value: fn(&Facts, &mut Rng) -> Option<Value>,
}

/// What the values of one customer are made of.
pub struct Facts<'a> {
    customer: &'a Customer,
    unit: &'a SubBranch,
    housing: bool,
    credit_card: bool,
    visited: bool,
    last_login: Option<NaiveDate>,
    last_transaction: Option<NaiveDate>,
    out_in_30_days: i64,
    card_in_30_days: Option<i64>,
    complaints: i64,
}

impl<'a> Facts<'a> {
    /// Gathers them; `events` are the customer's.
    #[must_use]
    pub fn new(seed: u64, customer: &'a Customer, unit: &'a SubBranch, events: &[Event]) -> Self {
        let mut rng = Rng::new(seed, Stream::Attributes, customer.id.unsigned_abs() * 64);
        let month = story::as_of() - Days::new(30);
        let last = |wanted: &dyn Fn(&Event) -> bool| {
            events.iter().filter(|e| wanted(e)).map(|e| e.at.date()).max()
        };
        let sum = |kind: &str| -> i64 {
            let recent = events.iter().filter(|e| e.kind == kind && e.at.date() > month);
            recent.filter_map(|e| e.amount).sum()
        };
        let mortgage_age =
            (26..58).contains(&customer.age) && !matches!(customer.job, "student" | "retired");
        let credit_card = (20..66).contains(&customer.age)
            && rng.chance(if customer.payroll { 520_000 } else { 230_000 });
        Self {
            customer,
            unit,
            housing: mortgage_age && rng.chance(if customer.payroll { 390_000 } else { 210_000 }),
            credit_card,
            visited: customer.rm.is_some() && rng.chance(640_000),
            last_login: last(&|e| e.kind == "login"),
            last_transaction: last(&|e| !matches!(e.kind, "login" | "complaint")),
            out_in_30_days: sum("transfer_out"),
            card_in_30_days: credit_card.then(|| sum("card_spend")),
            complaints: i64::try_from(events.iter().filter(|e| e.kind == "complaint").count())
                .unwrap_or(0),
        }
    }

    /// The values in the order of [`DICTIONARY`].
    pub fn values(&self, seed: u64) -> impl Iterator<Item = Option<Value>> {
        let base = self.customer.id.unsigned_abs() * 64;
        (1..).zip(&DICTIONARY).map(move |(ordinal, attribute)| {
            (attribute.value)(self, &mut Rng::new(seed, Stream::Attributes, base + ordinal))
        })
    }
}

fn flag(rng: &mut Rng, ppm: i64) -> Value {
    Value::Flag(rng.chance(ppm))
}

/// An amount that most do not have: unknown instead of zero.
fn held(fen: i64) -> Option<Value> {
    (fen > 0).then_some(Value::Money(fen))
}

fn known(rng: &mut Rng, ppm: i64, value: Value) -> Option<Value> {
    rng.chance(ppm).then_some(value)
}

fn days_ago(rng: &mut Rng, from: i64, to: i64) -> Value {
    Value::Date(story::as_of() - Days::new(rng.between(from, to).unsigned_abs()))
}

macro_rules! dictionary {
    ($($code:ident $kind:ident $zh:literal $en:literal $source:literal $value:expr;)*) => {
        [$(Attribute {
            code: stringify!($code),
            kind: AttributeType::$kind,
            zh: $zh,
            en: $en,
            source: $source,
            value: $value,
        }),*]
    };
}

/// Every attribute, in the order of the values.
pub static DICTIONARY: [Attribute; 42] = dictionary! {
    payroll Flag "代发" "Payroll" "core" |f, _| Some(Value::Flag(f.customer.payroll));
    housing Flag "房贷" "Mortgage" "loan" |f, _| Some(Value::Flag(f.housing));
    app_active Flag "手机银行活跃" "Uses the app" "app" |f, _| Some(Value::Flag(f.customer.app));
    active Flag "近三月动账" "Active in 3 months" "core" |f, _| Some(Value::Flag(f.customer.active));
    wecom Flag "企业微信好友" "WeCom contact" "crm" |f, rng| Some(flag(rng, if f.customer.rm.is_some() { 460_000 } else { 60_000 }));
    credit_card Flag "信用卡" "Credit card" "card" |f, _| Some(Value::Flag(f.credit_card));
    social_card Flag "社保卡" "Social security card" "card" |f, rng| Some(flag(rng, if f.customer.age >= 55 { 610_000 } else { 330_000 }));
    pension_account Flag "个人养老金账户" "Pension account" "core" |f, rng| Some(flag(rng, if f.customer.payroll { 280_000 } else { 70_000 }));
    car_loan Flag "车贷" "Car loan" "loan" |f, rng| Some(flag(rng, if (25..55).contains(&f.customer.age) { 64_000 } else { 4_000 }));
    consumer_loan Flag "消费贷" "Consumer loan" "loan" |f, rng| Some(flag(rng, if f.customer.payroll { 118_000 } else { 45_000 }));
    custody Flag "三方存管" "Securities custody" "core" |_, rng| Some(flag(rng, 92_000));
    merchant Flag "收单商户" "Merchant" "acquiring" |f, rng| {
        let trades = matches!(f.customer.job, "business_owner" | "self_employed");
        Some(flag(rng, if trades { 430_000 } else { 8_000 }))
    };
    fast_pay Flag "快捷支付绑卡" "Card bound to pay apps" "app" |f, rng| Some(flag(rng, if f.customer.age < 60 { 810_000 } else { 240_000 }));
    job Category "职业" "Job" "core" |f, rng| known(rng, 940_000, Value::Text(f.customer.job));
    education Category "学历" "Education" "crm" |f, rng| {
        let level = if f.customer.age >= 55 {
            rng.weighted(&[("primary", 22), ("secondary", 55), ("college", 15), ("bachelor", 8)])
        } else {
            rng.weighted(&[("secondary", 30), ("college", 29), ("bachelor", 34), ("master", 7)])
        };
        known(rng, 580_000, Value::Text(level))
    };
    marital Category "婚姻" "Marital status" "crm" |f, rng| {
        let status = if f.customer.age < 28 {
            rng.weighted(&[("single", 84), ("married", 16)])
        } else {
            rng.weighted(&[("single", 11), ("married", 80), ("divorced", 9)])
        };
        known(rng, 470_000, Value::Text(status))
    };
    risk_level Category "风险等级" "Risk level" "wealth" |f, rng| {
        let level = rng.weighted(&[("C1", 15), ("C2", 36), ("C3", 31), ("C4", 14), ("C5", 4)]);
        let invests = f.customer.fund + f.customer.wealth > 0;
        (invests || rng.chance(270_000)).then_some(Value::Text(level))
    };
    district Category "居住区" "District" "core" |f, rng| {
        let away = rng.weighted(&[("城中区", 4), ("北城区", 3), ("东湖区", 3), ("高新区", 3), ("外地", 2)]);
        let district = if rng.chance(790_000) { f.unit.district } else { away };
        known(rng, 965_000, Value::Text(district))
    };
    card_level Category "借记卡等级" "Debit card level" "card" |f, _| Some(Value::Text(match f.customer.aum() {
        ..5_000_000 => "普卡",
        5_000_000..50_000_000 => "金卡",
        50_000_000..600_000_000 => "白金卡",
        _ => "钻石卡",
    }));
    channel Category "开户渠道" "Opened through" "core" |f, rng| {
        let through = rng.weighted(&[("branch", 58), ("app", 18), ("social_card", 12)]);
        Some(Value::Text(if f.customer.payroll && rng.chance(600_000) { "payroll" } else { through }))
    };
    life_stage Category "人生阶段" "Life stage" "model" |f, rng| {
        let stage = match f.customer.age {
            ..23 => "student",
            23..30 => "starting",
            30..40 => "young_family",
            40..55 => "established",
            55..65 => "before_retirement",
            _ => "retired",
        };
        known(rng, 880_000, Value::Text(stage))
    };
    nps Number "净推荐值打分" "NPS score" "survey" |f, rng| {
        let score = rng.weighted(&[(10, 24), (9, 21), (8, 19), (7, 13), (6, 9), (5, 6), (3, 5), (0, 3)]);
        rng.chance(if f.customer.app { 145_000 } else { 52_000 }).then_some(Value::Number((score - 3 * f.complaints).max(0)))
    };
    products_held Number "持有产品数" "Products held" "core" |f, rng| {
        let own = [f.customer.time, f.customer.fund, f.customer.wealth].iter().filter(|held| **held > 0).count();
        let others = rng.below(3) + i64::from(f.housing) + i64::from(f.credit_card);
        Some(Value::Number(1 + i64::try_from(own).unwrap_or(0) + others))
    };
    logins_90d Number "近90天登录次数" "Logins in 90 days" "app" |f, rng| f.customer.app.then(|| Value::Number(rng.between(1, 90)));
    complaints_12m Number "近12月投诉数" "Complaints in 12 months" "service" |f, _| Some(Value::Number(f.complaints));
    points Number "积分" "Points" "card" |f, rng| f.credit_card.then(|| Value::Number(100 * rng.below(900)));
    churn_score Number "流失预警分" "Churn score" "model" |f, rng| {
        let lost_share = mul_div(f.out_in_30_days, 100, f.customer.aum() + f.out_in_30_days + 1);
        Some(Value::Number((rng.between(2, 38) + lost_share * 7 / 10).min(99)))
    };
    deposit_balance Money "存款余额" "Deposits" "core" |f, _| Some(Value::Money(f.customer.deposits()));
    demand_balance Money "活期余额" "Demand deposits" "core" |f, _| Some(Value::Money(f.customer.demand));
    time_balance Money "定期余额" "Time deposits" "core" |f, _| held(f.customer.time);
    fund_balance Money "基金余额" "Funds" "wealth" |f, _| held(f.customer.fund);
    wmp_balance Money "理财余额" "Wealth products" "wealth" |f, _| held(f.customer.wealth);
    salary Money "月代发额" "Monthly pay" "core" |f, rng| {
        // Of those paid elsewhere the bank knows what they told their manager.
        if f.customer.payroll || rng.chance(350_000) { held(f.customer.salary) } else { None }
    };
    loan_balance Money "房贷余额" "Mortgage balance" "loan" |f, rng| f.housing.then(|| Value::Money(1_000_000 * rng.between(12, 190)));
    outflow_30d Money "近30天转出" "Moved out in 30 days" "core" |f, _| Some(Value::Money(f.out_in_30_days));
    card_spend_30d Money "近30天卡消费" "Card spending in 30 days" "card" |f, _| f.card_in_30_days.map(Value::Money);
    credit_limit Money "信用卡额度" "Credit limit" "card" |f, rng| f.credit_card.then(|| Value::Money(500_000 * rng.between(2, 24)));
    last_login Date "最近登录日" "Last login" "app" |f, _| f.last_login.map(Value::Date);
    last_transaction Date "最近动账日" "Last transaction" "core" |f, _| f.last_transaction.map(Value::Date);
    last_contact Date "最近联系日" "Last contact" "crm" |f, rng| f.visited.then(|| days_ago(rng, 1, 400));
    risk_assessed Date "风险测评日" "Risk assessed on" "wealth" |f, rng| (f.customer.fund + f.customer.wealth > 0).then(|| days_ago(rng, 1, 360));
    wmp_matures Date "理财到期日" "Wealth product matures" "wealth" |f, rng| {
        let ahead = Days::new(rng.between(1, 180).unsigned_abs());
        (f.customer.wealth > 0).then(|| Value::Date(story::as_of() + ahead))
    };
};
