//! `baton calc`: the methods on given numbers, without a database.
//!
//! Whoever doubts a figure of the console, or brings one of their own, works it out here with the same arithmetic.
//! What is wrong with a file is said with its line and column; nothing is mended or guessed.

mod arms;
mod dimensions;
mod factors;
mod panel;
mod proportions;
mod ratios;
mod refusal;
mod sheet;
mod show;

use std::path::PathBuf;

use clap::Subcommand;

use super::{Context, Failure};

/// Which method, on which numbers. FILE is CSV with a header; `-` reads it from stdin.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Splits the change of a sum of products over its factors (LMDI-I)
    Lmdi {
        /// Columns item, period, and one for each factor
        file: PathBuf,
        /// More than two periods: split each step, and add the steps up
        #[arg(long)]
        chain: bool,
    },
    /// Splits the change of a formula over its factors (Shapley)
    Shapley {
        /// Columns item, period, and one for each factor
        file: PathBuf,
        /// Such as: a*b*c, or sum(a*b)/sum(a)
        #[arg(long, value_name = "FORMULA", allow_hyphen_values = true)]
        formula: String,
    },
    /// Splits the change of a ratio into mix and rate
    MixRate {
        /// Columns item, period, size, rate
        file: PathBuf,
    },
    /// Splits the change of a revenue into price, volume and mix
    PriceVolume {
        /// Columns item, period, price, quantity
        file: PathBuf,
    },
    /// Ranks the dimensions that explain a movement (Adtributor)
    Adtributor {
        /// Columns dimension, element, forecast, actual
        file: PathBuf,
        /// An element must explain more than this part of the change
        #[arg(long, value_name = "PART", default_value_t = 0.1, allow_negative_numbers = true)]
        teep: f64,
        /// A dimension must explain at least this part of the change
        #[arg(long, value_name = "PART", default_value_t = 0.67, allow_negative_numbers = true)]
        tep: f64,
    },
    /// A proportion with its 95 % interval (Wilson)
    Wilson {
        /// So many of so many, such as 15/148
        #[arg(value_name = "X/N", allow_hyphen_values = true)]
        share: String,
    },
    /// The difference of two proportions with its 95 % interval (Newcombe, method 10)
    Newcombe {
        /// So many of so many, such as 56/70
        #[arg(value_name = "X1/N1", allow_hyphen_values = true)]
        first: String,
        /// So many of so many, such as 48/80
        #[arg(value_name = "X2/N2", allow_hyphen_values = true)]
        second: String,
    },
    /// The customers per arm with which a difference shows
    SampleSize {
        /// The first arm's proportion
        #[arg(long, value_name = "P", allow_negative_numbers = true)]
        p1: f64,
        /// The second arm's proportion
        #[arg(long, value_name = "P", allow_negative_numbers = true)]
        p2: f64,
        /// How surely it is to show
        #[arg(long, default_value_t = 0.8, allow_negative_numbers = true)]
        power: f64,
        /// The second arm's size over the first's
        #[arg(long, value_name = "K", default_value_t = 1.0, allow_negative_numbers = true)]
        ratio: f64,
    },
    /// How surely arms of these sizes show a difference
    Power {
        /// The first arm's proportion
        #[arg(long, value_name = "P", allow_negative_numbers = true)]
        p1: f64,
        /// The second arm's proportion
        #[arg(long, value_name = "P", allow_negative_numbers = true)]
        p2: f64,
        /// The first arm's customers
        #[arg(long, value_name = "N", allow_negative_numbers = true)]
        n1: f64,
        /// The second arm's customers
        #[arg(long, value_name = "N", allow_negative_numbers = true)]
        n2: f64,
    },
    /// Whether a list was split as planned (sample-ratio mismatch)
    Srm {
        /// The first arm's customers
        #[arg(allow_negative_numbers = true)]
        n1: String,
        /// The second arm's customers
        #[arg(allow_negative_numbers = true)]
        n2: String,
        /// The planned parts, such as 80:20
        #[arg(long, value_name = "A:B")]
        planned: String,
    },
    /// The difference of two means, freed of what the arms differed by before (CUPED)
    Cuped {
        /// Columns arm (treated or control), pre, post
        file: PathBuf,
    },
    /// The difference of two means (Welch)
    Welch {
        /// Columns arm (treated or control), post
        file: PathBuf,
    },
}

/// Works it out and writes it.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    match args {
        Args::Lmdi { file, chain } => factors::lmdi(file, *chain, context),
        Args::Shapley { file, formula } => factors::shapley(file, formula, context),
        Args::MixRate { file } => ratios::mix_rate(file, context),
        Args::PriceVolume { file } => ratios::price_volume(file, context),
        Args::Adtributor { file, teep, tep } => dimensions::adtributor(file, *teep, *tep, context),
        Args::Wilson { share } => proportions::wilson(share, context),
        Args::Newcombe { first, second } => proportions::newcombe(first, second, context),
        Args::SampleSize { p1, p2, power, ratio } => {
            proportions::sample_size((*p1, *p2), *power, *ratio, context)
        }
        Args::Power { p1, p2, n1, n2 } => proportions::power((*p1, *p2), (*n1, *n2), context),
        Args::Srm { n1, n2, planned } => proportions::srm(n1, n2, planned, context),
        Args::Cuped { file } => arms::cuped(file, context),
        Args::Welch { file } => arms::welch(file, context),
    }
}
