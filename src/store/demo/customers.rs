//! The customers: who they are, where they bank, what they hold, and who of them moved money out.

use chrono::{Days, NaiveDate};

use super::people;
use super::rng::{Rng, Stream, mul_div, times_power_of_two};
use super::story;
use super::units::{RMS_PER_SUB_BRANCH, SubBranch};

/// Fen in a yuan.
const YUAN: i64 = 100;
/// [`RMS_PER_SUB_BRANCH`] as the random numbers count.
const RMS_OF_ONE: i64 = 7;

/// One customer as of the bank's today. Amounts are in fen.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "columns of a row, as the bank keeps them")]
pub struct Customer {
    /// The bank's number.
    pub id: i64,
    /// Position of the sub-branch in [`super::Bank::units`].
    pub unit: usize,
    /// Position of the manager in [`super::Bank::rms`].
    pub rm: Option<usize>,
    /// The name.
    pub name: String,
    /// A phone number that nobody has.
    pub phone: String,
    /// When the first account was opened.
    pub opened_on: NaiveDate,
    /// The birthday.
    pub birth_date: NaiveDate,
    /// Full years at the bank's today.
    pub age: i64,
    /// Female or male.
    pub female: bool,
    /// Asked not to be called.
    pub no_contact: bool,
    /// What the customer does.
    pub job: &'static str,
    /// The employer pays the salary into this bank.
    pub payroll: bool,
    /// A month's pay; 0 for those who have none.
    pub salary: i64,
    /// What was moved out in the story's month; 0 for most.
    pub moved: i64,
    /// Uses the mobile bank.
    pub app: bool,
    /// Had a transaction in the last three months.
    pub active: bool,
    /// Demand deposits.
    pub demand: i64,
    /// Time deposits.
    pub time: i64,
    /// Funds.
    pub fund: i64,
    /// Wealth products of the bank (理财).
    pub wealth: i64,
}

impl Customer {
    /// All assets: deposits, funds and wealth products.
    #[must_use]
    pub fn aum(&self) -> i64 {
        self.deposits() + self.fund + self.wealth
    }

    /// Demand and time deposits.
    #[must_use]
    pub fn deposits(&self) -> i64 {
        self.demand + self.time
    }

    /// True for the group that the story is about, wherever it banks.
    #[must_use]
    pub fn in_group(&self) -> bool {
        let ages = i64::from(story::YOUNGEST)..=i64::from(story::OLDEST);
        self.payroll && ages.contains(&self.age)
    }
}

/// Draws every customer; their manager, their moves and what they hold follow the sub-branch.
pub(super) fn draw(seed: u64, units: &[SubBranch], count: usize) -> Vec<Customer> {
    let places: Vec<(usize, i64)> =
        units.iter().enumerate().map(|(at, unit)| (at, unit.weight())).collect();
    let mut customers = Vec::with_capacity(count);
    let mut before = Vec::with_capacity(count);
    for index in 0..count as u64 {
        let unit = Rng::new(seed, Stream::Place, index).weighted(&places);
        let (customer, balance) = one(seed, index, unit, &units[unit]);
        customers.push(customer);
        before.push(balance);
    }
    plant(seed, units, &mut customers, &before);
    for (index, customer) in customers.iter_mut().enumerate() {
        hold(&mut Rng::new(seed, Stream::Money, 1_000_000 + index as u64), customer, before[index]);
    }
    customers
}

/// Those who left on the days of each sub-branch: they had come before the facts begin, emptied their accounts before they went, and
/// are numbered after the `count` who stayed.
pub(super) fn left(
    seed: u64,
    units: &[SubBranch],
    count: usize,
    days: &[Vec<NaiveDate>],
) -> Vec<(Customer, NaiveDate)> {
    let all =
        days.iter().enumerate().flat_map(|(unit, days)| days.iter().map(move |on| (unit, on)));
    let drawn = (count as u64..).zip(all).map(|(index, (unit, on))| {
        let (mut customer, _) = one(seed, index, unit, &units[unit]);
        if customer.opened_on >= story::first_fact() {
            let earlier = 30 + Rng::new(seed, Stream::Leavers, index).below(300).unsigned_abs();
            customer.opened_on = story::first_fact() - Days::new(earlier);
        }
        (customer.rm, customer.active, customer.app) = (None, false, false);
        (customer, *on)
    });
    drawn.collect()
}

/// A customer without holdings, and the balance before anything was moved out.
fn one(seed: u64, index: u64, unit: usize, place: &SubBranch) -> (Customer, i64) {
    let mut rng = Rng::new(seed, Stream::Person, index);
    let (age, birth_date) = people::birth(&mut rng, story::as_of());
    let female = rng.chance(515_000);
    let name = people::name(&mut rng, female, age);
    let opened_on = opened(&mut rng, birth_date);
    let mut rng = Rng::new(seed, Stream::Work, index);
    let job = job(&mut rng, age, female);
    let payroll = rng.chance(payroll_ppm(job, age, place));
    let salary = if payroll || rng.chance(300_000) { salary(&mut rng, job) } else { 0 };
    let app = rng.chance(if age < 46 {
        780_000
    } else if age < 65 {
        520_000
    } else {
        170_000
    });
    let active = rng.chance(if payroll { 960_000 } else { 560_000 });
    let no_contact = rng.chance(21_000);
    let balance = balance(&mut Rng::new(seed, Stream::Money, index), age, job, payroll, place);
    // Who has more has a manager; of those with little, about six in ten.
    let managed = rng.chance(if balance >= 50_000 * YUAN { 965_000 } else { 610_000 });
    let rm = unit * RMS_PER_SUB_BRANCH + usize::try_from(rng.below(RMS_OF_ONE)).unwrap_or(0);
    let customer = Customer {
        id: 10_000_001 + i64::try_from(index).unwrap_or(0),
        unit,
        rm: managed.then_some(rm),
        name,
        phone: people::phone(index),
        opened_on,
        birth_date,
        age,
        female,
        no_contact,
        job,
        payroll,
        salary,
        moved: 0,
        app,
        active,
        demand: 0,
        time: 0,
        fund: 0,
        wealth: 0,
    };
    (customer, balance)
}

/// One in eleven came in the last eighteen months; nobody before the age of sixteen.
fn opened(rng: &mut Rng, birth_date: NaiveDate) -> NaiveDate {
    let days_ago = if rng.chance(92_000) { rng.below(549) } else { rng.between(549, 24 * 365) };
    let on = story::as_of() - Days::new(days_ago.unsigned_abs());
    on.max(birth_date + Days::new(16 * 366))
}

fn job(rng: &mut Rng, age: i64, female: bool) -> &'static str {
    let retires = if female { 55 } else { 60 };
    if age < 23 && rng.chance(780_000) {
        return "student";
    }
    if age >= retires && rng.chance(900_000) {
        return "retired";
    }
    rng.weighted(&[
        ("employee", 41),
        ("worker", 14),
        ("self_employed", 12),
        ("civil_servant", 7),
        ("teacher", 6),
        ("engineer", 8),
        ("doctor", 3),
        ("business_owner", 5),
        ("farmer", 2),
        ("freelancer", 2),
    ])
}

/// The technology park's firms and their suppliers pay through the three sub-branches of the story.
fn payroll_ppm(job: &str, age: i64, place: &SubBranch) -> i64 {
    let grown = (i64::from(story::YOUNGEST)..=i64::from(story::OLDEST)).contains(&age);
    match job {
        "employee" | "engineer" | "worker" if grown && place.lost_most() => 780_000,
        "civil_servant" | "teacher" | "doctor" => 640_000,
        "employee" | "engineer" => 560_000,
        "worker" => 480_000,
        _ => 0,
    }
}

fn salary(rng: &mut Rng, job: &str) -> i64 {
    let median = match job {
        "student" | "retired" | "farmer" => return 0,
        "engineer" | "doctor" => 15_000,
        "business_owner" => 18_000,
        "civil_servant" | "teacher" => 10_500,
        "worker" => 6_800,
        _ => 8_600,
    };
    // A standard deviation of 0.4 in natural logarithms; paid in whole ten yuan.
    times_power_of_two(median / 10, rng.normal() * 577 / 1000) * 10 * YUAN
}

/// Log-normal by age, with a thin tail of the rich.
fn balance(rng: &mut Rng, age: i64, job: &str, payroll: bool, place: &SubBranch) -> i64 {
    let median = match age {
        ..25 => 5_000,
        25..30 => 15_000,
        30..35 => 27_000,
        35..40 => 36_000,
        40..46 => 43_000,
        46..55 => 47_000,
        55..65 => 52_000,
        _ => 44_000,
    };
    let percent = match job {
        "business_owner" => 260,
        "doctor" | "engineer" => 170,
        "civil_servant" | "teacher" => 140,
        "student" => 35,
        "farmer" | "worker" => 70,
        _ => 100,
    };
    let percent = if payroll { percent * 125 / 100 } else { percent };
    let percent = if place.class == 'A' { percent * 115 / 100 } else { percent };
    // A standard deviation of 1.6 in natural logarithms.
    let spread = rng.normal() * 2_308 / 1000;
    let rich = if job != "student" && rng.chance(5_000) { 5 * 65_536 } else { 0 };
    times_power_of_two(median * YUAN * percent / 100, spread + rich) + rng.below(100)
}

/// Plants the moves: the three sub-branches' group takes its share of the branch's fall, and the branch's other
/// units the rest, spread over customers of every kind.
fn plant(seed: u64, units: &[SubBranch], customers: &mut [Customer], before: &[i64]) {
    let in_branch = |c: &Customer| units[c.unit].lost();
    let whole: i64 =
        customers.iter().zip(before).filter(|(c, _)| in_branch(c)).map(|(_, b)| b).sum();
    let fall = mul_div(whole, -story::BRANCH_CHANGE_PPM, 1_000_000);
    let of_three = mul_div(fall, story::THREE_SHARE_PPM, 1_000_000);
    let settled = story::as_of() - Days::new(90);
    let movable = |c: &Customer, b: i64| {
        c.opened_on < settled && (5_000 * YUAN..3_000_000 * YUAN).contains(&b)
    };
    let share =
        |customers: &mut [Customer], target: i64, ppm: i64, is_one: &dyn Fn(&Customer) -> bool| {
            let mut wanted = Vec::new();
            for (index, customer) in customers.iter().enumerate() {
                let mut rng = Rng::new(seed, Stream::Moves, index as u64);
                if is_one(customer) && movable(customer, before[index]) && rng.chance(ppm) {
                    wanted.push((index, mul_div(before[index], rng.between(20, 60), 100)));
                }
            }
            let sum: i64 = wanted.iter().map(|(_, amount)| amount).sum();
            for (index, amount) in wanted {
                // At most 90 % of the balance; whole yuan.
                let amount = mul_div(amount, target, sum).min(mul_div(before[index], 9, 10));
                customers[index].moved = amount / YUAN * YUAN;
            }
        };
    share(customers, of_three, 720_000, &|c| units[c.unit].lost_most() && c.in_group());
    share(customers, fall - of_three, 90_000, &|c| in_branch(c) && !units[c.unit].lost_most());
}

/// Splits what was left into what is held.
fn hold(rng: &mut Rng, customer: &mut Customer, before: i64) {
    let rest = before - customer.moved;
    let invests = rest >= 10_000 * YUAN && rng.chance(if customer.app { 520_000 } else { 300_000 });
    let saves =
        rest >= 10_000 * YUAN && rng.chance(if customer.age >= 46 { 780_000 } else { 430_000 });
    let invested = if invests { mul_div(rest, rng.between(15, 80), 100) } else { 0 };
    let fund = if invests && rng.chance(450_000) {
        mul_div(invested, rng.between(10, 90), 100)
    } else {
        0
    };
    customer.fund = fund;
    customer.wealth = invested - fund;
    let deposits = rest - invested;
    customer.time = if saves { mul_div(deposits, rng.between(30, 90), 100) } else { 0 };
    customer.demand = deposits - customer.time;
}
