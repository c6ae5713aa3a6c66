//! Amounts as exports write them. Comes in: random numbers, or an exact amount. Goes out: a text, and the exact amount that it means. Uses
//! integers only.

use super::random::Random;
use crate::base::amount::{Amount, DECIMALS};

/// Most decimals of an amount in an export: with the units they fit in the 38 digits of a database's decimal.
pub(super) const EXPORT_DECIMALS: u32 = 16;

/// Bytes of the widest figure: sign, 39 digits, point, leading zero.
const WIDTH: usize = 48;

/// A decimal number and the form in which it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Figure {
    negative: bool,
    digits: u128,
    decimals: u32,
    form: FigureForm,
}

/// How a figure is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FigureForm {
    /// `12.50`, `0.4838709677419368`, `7`
    Plain,
    /// `5.64902E-05`
    Scientific,
}

impl Figure {
    /// `0`
    pub(super) const ZERO: Figure =
        Figure { negative: false, digits: 0, decimals: 0, form: FigureForm::Plain };

    /// Draws a figure as real cost exports hold them: mostly small, seldom large; with 2 to 16 decimals, with 17 significant digits, with
    /// an exponent, whole, or 0; 2.5 % are negative.
    pub(super) fn draw(random: &mut Random) -> Figure {
        let plain = |digits: u64, decimals| Figure {
            negative: false,
            digits: u128::from(digits),
            decimals,
            form: FigureForm::Plain,
        };
        let below_units = match random.below(100) {
            0..=54 => 1,
            55..=81 => 20,
            82..=95 => 120,
            _ => 1500,
        };
        let figure = match random.below(100) {
            0..=71 => {
                let decimals = 2 + u32::try_from(random.below(15)).expect("below 15");
                plain(random.below(below_units * 10_u64.pow(decimals)), decimals)
            }
            72..=83 => {
                let whole_digits = u32::try_from(random.below(3)).expect("below 3");
                plain(10_u64.pow(16) + random.below(9 * 10_u64.pow(16)), EXPORT_DECIMALS - whole_digits)
            }
            84..=91 => Figure {
                form: FigureForm::Scientific,
                ..plain(
                    100_000 + random.below(900_000),
                    10 + u32::try_from(random.below(4)).expect("below 4"),
                )
            },
            92..=96 => plain(1 + random.below(below_units), 0),
            _ => Figure::ZERO,
        };
        Figure { negative: figure.digits != 0 && random.chance(25), ..figure }
    }

    /// Draws a small figure above 0: a quantity or a price.
    pub(super) fn draw_quantity(random: &mut Random) -> Figure {
        let bits = random.next();
        let decimals = u32::try_from(bits % 7).expect("below 7");
        Figure {
            negative: false,
            digits: u128::from(1 + (bits >> 8) % 744_000),
            decimals,
            form: FigureForm::Plain,
        }
    }

    /// The figure of an amount, in plain form with `decimals` decimals, which must suffice to be exact.
    pub(super) fn exactly(amount: Amount, decimals: u32) -> Figure {
        let unit = 10_u128.pow(DECIMALS - decimals);
        let size = amount.raw().unsigned_abs();
        debug_assert_eq!(size % unit, 0, "the decimals suffice");
        Figure { negative: amount.raw() < 0, digits: size / unit, decimals, form: FigureForm::Plain }
    }

    /// The exact amount.
    pub(super) fn amount(self) -> Amount {
        let size = self.digits * 10_u128.pow(DECIMALS - self.decimals);
        let size = i128::try_from(size).expect("figures stay far below 10^14");
        Amount::from_raw(if self.negative { -size } else { size })
    }

    /// The figure plus an eighth: a retail cost beside the cost, so that a test notices a reader of the wrong column.
    pub(super) fn retail(self) -> Figure {
        Figure { digits: self.digits + self.digits / 8, ..self }
    }

    /// The figure less an eighth: the cost after partner earned credit.
    pub(super) fn net(self) -> Figure {
        Figure { digits: self.digits - self.digits / 8, ..self }
    }

    /// The figure as text.
    pub(super) fn text(self) -> FigureText {
        let mut text = FigureText { bytes: [0; WIDTH], start: WIDTH, end: WIDTH };
        let decimals = match self.form {
            FigureForm::Plain => self.decimals,
            FigureForm::Scientific => {
                // Write `E-NN` into the last four bytes, then the digits before it with one digit before the point. Adding 100 gives the
                // exponent two digits; `E-` overwrites the 1 in front.
                let after_first = self.digits.checked_ilog10().unwrap_or(0);
                text.put_before(u128::from(self.decimals - after_first) + 100, 0);
                text.start = WIDTH - 4;
                text.bytes[WIDTH - 4..WIDTH - 2].copy_from_slice(b"E-");
                after_first
            }
        };
        text.put_before(self.digits, decimals);
        if self.negative {
            text.start -= 1;
            text.bytes[text.start] = b'-';
        }
        text
    }

    /// Appends the text.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.text().as_bytes());
    }
}

/// The text of a figure.
#[derive(Debug, Clone, Copy)]
pub(super) struct FigureText {
    bytes: [u8; WIDTH],
    start: usize,
    end: usize,
}

impl FigureText {
    /// The text.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Prepends `number`, with a point before its last `decimals` digits.
    fn put_before(&mut self, mut number: u128, mut decimals: u32) {
        while number > u128::from(u64::MAX) {
            self.put_digit(number % 10, &mut decimals);
            number /= 10;
        }
        let mut number = u64::try_from(number).expect("just compared");
        loop {
            self.put_digit(u128::from(number % 10), &mut decimals);
            number /= 10;
            if number == 0 && decimals == 0 && self.bytes[self.start] != b'.' {
                break;
            }
        }
    }

    fn put_digit(&mut self, digit: u128, decimals: &mut u32) {
        const DIGITS: [u8; 10] = *b"0123456789";
        self.start -= 1;
        self.bytes[self.start] = DIGITS[(digit % 10) as usize];
        if *decimals > 0 {
            *decimals -= 1;
            if *decimals == 0 {
                self.start -= 1;
                self.bytes[self.start] = b'.';
            }
        }
    }
}

/// Appends the decimal digits of `number`.
pub(super) fn put_number(out: &mut Vec<u8>, number: u64) {
    let mut text = FigureText { bytes: [0; WIDTH], start: WIDTH, end: WIDTH };
    text.put_before(u128::from(number), 0);
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::amount::DecimalMark;
    use crate::testdata::random::RandomStream;

    fn text(figure: Figure) -> String {
        String::from_utf8(figure.text().as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn every_drawn_figure_reads_back_as_what_it_is_worth() {
        let mut random = Random::of(7, RandomStream::Chunk, 0);
        let mut texts = Vec::new();
        for _ in 0..20_000 {
            let figure = Figure::draw(&mut random);
            for figure in [figure, figure.retail(), figure.net()] {
                let read = Amount::parse(text(figure).as_bytes(), DecimalMark::Point).unwrap();
                assert_eq!((read.amount, read.rounded), (figure.amount(), false), "{figure:?}");
            }
            texts.push(text(figure));
        }
        let digits = |t: &str| t.trim_start_matches("0.").bytes().filter(u8::is_ascii_digit).count();
        assert!(texts.iter().any(|t| t == "0"), "zero");
        assert!(texts.iter().any(|t| t.starts_with('-')), "negative");
        assert!(texts.iter().any(|t| t.contains("E-0")), "an exponent");
        assert!(texts.iter().any(|t| !t.contains('.') && t.len() > 1), "whole");
        assert!(texts.iter().any(|t| digits(t) == 17), "17 significant digits");
    }

    #[test]
    fn a_figure_is_written_in_the_forms_of_exports() {
        let figure = |digits, decimals, form| Figure { negative: false, digits, decimals, form };
        assert_eq!(text(figure(564_902, 10, FigureForm::Scientific)), "5.64902E-05");
        assert_eq!(text(figure(5, 2, FigureForm::Plain)), "0.05");
        assert_eq!(text(figure(1250, 2, FigureForm::Plain)), "12.50");
        assert_eq!(text(Figure::exactly(Amount::from_raw(-1), 24)), "-0.000000000000000000000001");
    }
}
