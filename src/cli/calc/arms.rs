//! `calc cuped|welch`: two arms of measured customers from a file.

use std::path::Path;

use super::refusal::Refusal;
use super::sheet::{Line, Sheet};
use super::show::{Cell, table};
use crate::cli::{Context, Failure};
use crate::domain::statistics::arms::{Arm, ArmsError};
use crate::domain::statistics::cuped::{self as adjusting, Measured};
use crate::domain::statistics::welch as comparing;
use crate::msg;

/// The difference after what the arms had before is taken out.
pub(super) fn cuped(file: &Path, context: &Context) -> Result<(), Failure> {
    let sheet = Sheet::read(file)?;
    let (pre, post) = (sheet.column("pre")?, sheet.column("post")?);
    let (treated, control) = arms(&sheet, |line| {
        Ok(Measured { pre: sheet.must(line, pre)?, post: sheet.must(line, post)? })
    })?;
    let found = adjusting::cuped(&treated, &control).map_err(refused)?;
    context.output.result(&found, || {
        let columns = [
            ("theta", msg!("calc.column.theta")),
            ("raw", msg!("calc.column.raw")),
            ("adjusted", msg!("calc.column.adjusted")),
            ("se", msg!("calc.column.se")),
            ("lower", msg!("calc.column.lower")),
            ("upper", msg!("calc.column.upper")),
        ];
        let row = [found.theta, found.raw, found.adjusted, found.se, found.lower, found.upper];
        table(&columns, vec![row.into_iter().map(Cell::from).collect()], context)
    })
}

/// The difference of the means.
pub(super) fn welch(file: &Path, context: &Context) -> Result<(), Failure> {
    let sheet = Sheet::read(file)?;
    let post = sheet.column("post")?;
    let (treated, control) = arms(&sheet, |line| sheet.must(line, post))?;
    let found = comparing::welch(&treated, &control).map_err(refused)?;
    context.output.result(&found, || {
        let columns = [
            ("difference", msg!("calc.column.difference")),
            ("se", msg!("calc.column.se")),
            ("df", msg!("calc.column.df")),
            ("lower", msg!("calc.column.lower")),
            ("upper", msg!("calc.column.upper")),
            ("p", msg!("calc.column.p")),
        ];
        let row = [found.difference, found.se, found.df, found.lower, found.upper, found.p];
        table(&columns, vec![row.into_iter().map(Cell::from).collect()], context)
    })
}

fn refused(error: ArmsError) -> Failure {
    Failure::refused(error.message())
}

/// Treated and control, as `measure` reads a line.
fn arms<T>(
    sheet: &Sheet,
    measure: impl Fn(&Line) -> Result<T, Refusal>,
) -> Result<(Vec<T>, Vec<T>), Refusal> {
    let column = sheet.column("arm")?;
    let (mut treated, mut control) = (Vec::new(), Vec::new());
    for line in &sheet.lines {
        let word = sheet.word(line, column)?;
        let arm = arm(word).ok_or_else(|| Refusal::NotArm {
            place: sheet.place(line, column),
            text: word.to_owned(),
        })?;
        let measured = measure(line)?;
        match arm {
            Arm::Treated => treated.push(measured),
            Arm::Control => control.push(measured),
        }
    }
    Ok((treated, control))
}

fn arm(word: &str) -> Option<Arm> {
    match word.to_ascii_lowercase().as_str() {
        "treated" => Some(Arm::Treated),
        "control" => Some(Arm::Control),
        _ => None,
    }
}
