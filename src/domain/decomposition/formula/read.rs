//! From the text of a formula to its steps, by the precedence of arithmetic.

use super::{Formula, FormulaError, Step};

/// Deeper than any formula that a person wrote.
const DEPTH: usize = 64;

struct Reader {
    text: Vec<char>,
    at: usize,
    depth: usize,
    /// How many `sum(` are open.
    sums: usize,
    made: Formula,
}

pub(super) fn formula(text: &str) -> Result<Formula, FormulaError> {
    let made = Formula { steps: Vec::new(), names: Vec::new() };
    let mut reader = Reader { text: text.chars().collect(), at: 0, depth: 0, sums: 0, made };
    reader.terms()?;
    match reader.peek() {
        None => Ok(reader.made),
        Some(_) => Err(reader.unexpected()),
    }
}

impl Reader {
    /// The next sign after blanks.
    fn peek(&mut self) -> Option<char> {
        while self.text.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    fn unexpected(&mut self) -> FormulaError {
        let Some(found) = self.peek() else { return FormulaError::Ends };
        let word = self.while_part(self.at);
        let found = if word.is_empty() { found.to_string() } else { word };
        FormulaError::Unexpected { at: self.at + 1, found }
    }

    fn while_part(&self, from: usize) -> String {
        let part = |c: &char| c.is_alphanumeric() || *c == '_';
        self.text[from..].iter().copied().take_while(part).collect()
    }

    fn terms(&mut self) -> Result<(), FormulaError> {
        self.product()?;
        loop {
            let step = match self.peek() {
                Some('+') => Step::Add,
                Some('-') => Step::Subtract,
                _ => return Ok(()),
            };
            self.at += 1;
            self.product()?;
            self.made.steps.push(step);
        }
    }

    fn product(&mut self) -> Result<(), FormulaError> {
        self.signed()?;
        loop {
            let step = match self.peek() {
                Some('*') => Step::Multiply,
                Some('/') => Step::Divide,
                _ => return Ok(()),
            };
            self.at += 1;
            self.signed()?;
            self.made.steps.push(step);
        }
    }

    fn signed(&mut self) -> Result<(), FormulaError> {
        let mut turns = false;
        while let Some(sign @ ('-' | '+')) = self.peek() {
            turns ^= sign == '-';
            self.at += 1;
        }
        self.value()?;
        if turns {
            self.made.steps.push(Step::Negate);
        }
        Ok(())
    }

    fn value(&mut self) -> Result<(), FormulaError> {
        match self.peek() {
            None => Err(FormulaError::Ends),
            Some('(') => self.within(),
            Some('"') => self.quoted(),
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => self.word(),
            Some(_) => Err(self.unexpected()),
        }
    }

    fn within(&mut self) -> Result<(), FormulaError> {
        if self.depth == DEPTH {
            return Err(FormulaError::Deep { at: self.at + 1 });
        }
        self.depth += 1;
        self.at += 1;
        self.terms()?;
        if !self.take(')') {
            return Err(self.unexpected());
        }
        self.depth -= 1;
        Ok(())
    }

    fn quoted(&mut self) -> Result<(), FormulaError> {
        let start = self.at + 1;
        let Some(length) = self.text[start..].iter().position(|c| *c == '"') else {
            return Err(FormulaError::Ends);
        };
        let name: String = self.text[start..start + length].iter().collect();
        if name.trim().is_empty() {
            return Err(FormulaError::Unexpected { at: start, found: format!("\"{name}\"") });
        }
        self.at = start + length + 1;
        self.factor(name.trim());
        Ok(())
    }

    fn number(&mut self) -> Result<(), FormulaError> {
        let start = self.at;
        let mut text = String::new();
        while let Some(c) = self.text.get(self.at) {
            // The sign of an exponent belongs to the number.
            let exponent = matches!(c, '+' | '-') && text.ends_with(['e', 'E']);
            if !(c.is_alphanumeric() || matches!(c, '.' | '_') || exponent) {
                break;
            }
            text.push(*c);
            self.at += 1;
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => {
                self.made.steps.push(Step::Number(number));
                Ok(())
            }
            _ => Err(FormulaError::Number { at: start + 1, text }),
        }
    }

    fn word(&mut self) -> Result<(), FormulaError> {
        let name = self.while_part(self.at);
        let after = self.at + name.chars().count();
        self.at = after;
        if name.eq_ignore_ascii_case("sum") && self.peek() == Some('(') {
            self.sums += 1;
            self.within()?;
            self.sums -= 1;
            self.made.steps.push(Step::Sum);
        } else {
            self.factor(&name);
        }
        Ok(())
    }

    fn factor(&mut self, name: &str) {
        let known = self.made.names.iter().position(|known| known == name);
        let factor = known.unwrap_or_else(|| {
            self.made.names.push(name.to_owned());
            self.made.names.len() - 1
        });
        let step = if self.sums > 0 { Step::Each(factor) } else { Step::One(factor) };
        self.made.steps.push(step);
    }
}
