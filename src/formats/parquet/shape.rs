//! What the values of a column are: how they are stored, and what they mean. Comes in: a field of the schema. Goes out: its
//! shape, or that it is not read.

use polars_parquet::parquet::schema::Repetition;
use polars_parquet::parquet::schema::types::{
    IntegerType, ParquetType, PhysicalType, PrimitiveConvertedType as Converted,
    PrimitiveLogicalType as Logical, PrimitiveType, TimeUnit,
};

use super::fault::ParquetFault;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) stored: Stored,
    pub(super) meaning: Meaning,
    /// Whether values may be missing: then levels say which.
    pub(super) is_optional: bool,
}

/// How values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    Bit,
    Int32,
    Int64,
    /// A moment in 12 bytes.
    Int96,
    Float,
    Double,
    /// Bytes with their length.
    Bytes,
    /// So many bytes.
    Fixed(usize),
}

/// What values mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Text,
    Number(Number),
}

/// What a number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Signed,
    Unsigned,
    /// A count of 10⁻ⁿ.
    Decimal(u32),
    /// The bits of a binary float of 64 bits.
    Double,
    /// The bits of one of 32.
    Float,
    /// Days since 1970.
    Date,
    /// A count of such parts of a second since 1970. **Unit**: parts a second.
    Moment(i64),
    Truth,
    /// 128 bits.
    Uuid,
}

const MILLIS: i64 = 1_000;
const MICROS: i64 = 1_000_000;
const NANOS: i64 = 1_000_000_000;
/// Digits that a decimal may have.
const DIGITS: usize = 76;

impl Shape {
    /// The shape of a column.
    pub(super) fn of(field: &ParquetType) -> Result<Shape, ParquetFault> {
        let not_read = |what: &str| {
            let found = format!("the column {} is {what}", field.name());
            ParquetFault::unsupported(&found, "write it in another type")
        };
        let ParquetType::PrimitiveType(found) = field else { return Err(not_read("nested")) };
        let is_optional = match found.field_info.repetition {
            Repetition::Required => false,
            Repetition::Optional => true,
            Repetition::Repeated => return Err(not_read("a list")),
        };
        let stored = match found.physical_type {
            PhysicalType::Boolean => Stored::Bit,
            PhysicalType::Int32 => Stored::Int32,
            PhysicalType::Int64 => Stored::Int64,
            PhysicalType::Int96 => Stored::Int96,
            PhysicalType::Float => Stored::Float,
            PhysicalType::Double => Stored::Double,
            PhysicalType::ByteArray => Stored::Bytes,
            PhysicalType::FixedLenByteArray(bytes) => Stored::Fixed(bytes),
        };
        let meaning = meaning(found, stored).ok_or_else(|| {
            let what = match (found.logical_type, found.converted_type) {
                (Some(logical), _) => format!("of type {logical:?}"),
                (None, Some(converted)) => format!("of type {converted:?}"),
                (None, None) => format!("of type {:?}", found.physical_type),
            };
            not_read(&what)
        })?;
        Ok(Shape { stored, meaning, is_optional })
    }
}

/// What the values of a column mean. `None`: nothing that a row of ours could hold.
fn meaning(found: &PrimitiveType, stored: Stored) -> Option<Meaning> {
    let number = match (found.logical_type, found.converted_type) {
        (Some(logical), _) => match logical {
            Logical::String | Logical::Enum | Logical::Json | Logical::Bson => return text(stored),
            Logical::Decimal(precision, scale) => decimal(precision, scale)?,
            Logical::Date => Number::Date,
            Logical::Timestamp { unit, .. } => Number::Moment(match unit {
                TimeUnit::Milliseconds => MILLIS,
                TimeUnit::Microseconds => MICROS,
                TimeUnit::Nanoseconds => NANOS,
            }),
            Logical::Integer(
                IntegerType::Int8 | IntegerType::Int16 | IntegerType::Int32 | IntegerType::Int64,
            ) => Number::Signed,
            Logical::Integer(
                IntegerType::UInt8 | IntegerType::UInt16 | IntegerType::UInt32 | IntegerType::UInt64,
            ) => Number::Unsigned,
            Logical::Uuid => Number::Uuid,
            // A column of nothing but nulls.
            Logical::Unknown => return plain(stored),
            Logical::Time { .. } | Logical::Float16 => return None,
        },
        (None, Some(converted)) => match converted {
            Converted::Utf8 | Converted::Enum | Converted::Json | Converted::Bson => return text(stored),
            Converted::Decimal(precision, scale) => decimal(precision, scale)?,
            Converted::Date => Number::Date,
            Converted::TimestampMillis => Number::Moment(MILLIS),
            Converted::TimestampMicros => Number::Moment(MICROS),
            Converted::Int8 | Converted::Int16 | Converted::Int32 | Converted::Int64 => Number::Signed,
            Converted::Uint8 | Converted::Uint16 | Converted::Uint32 | Converted::Uint64 => Number::Unsigned,
            Converted::TimeMillis | Converted::TimeMicros | Converted::Interval => return None,
        },
        (None, None) => return plain(stored),
    };
    let fits = match number {
        Number::Signed | Number::Unsigned => matches!(stored, Stored::Int32 | Stored::Int64),
        Number::Decimal(_) => {
            matches!(stored, Stored::Int32 | Stored::Int64 | Stored::Bytes | Stored::Fixed(1..))
        }
        Number::Date => stored == Stored::Int32,
        Number::Moment(_) => stored == Stored::Int64,
        Number::Uuid => stored == Stored::Fixed(16),
        Number::Double | Number::Float | Number::Truth => false,
    };
    fits.then_some(Meaning::Number(number))
}

/// Without a word on what it means; old writers say nothing of their texts either.
fn plain(stored: Stored) -> Option<Meaning> {
    Some(match stored {
        Stored::Bytes => Meaning::Text,
        Stored::Bit => Meaning::Number(Number::Truth),
        Stored::Int32 | Stored::Int64 => Meaning::Number(Number::Signed),
        Stored::Int96 => Meaning::Number(Number::Moment(NANOS)),
        Stored::Float => Meaning::Number(Number::Float),
        Stored::Double => Meaning::Number(Number::Double),
        Stored::Fixed(_) => return None,
    })
}

fn text(stored: Stored) -> Option<Meaning> {
    (stored == Stored::Bytes).then_some(Meaning::Text)
}

fn decimal(precision: usize, scale: usize) -> Option<Number> {
    let scale = u32::try_from(scale).ok()?;
    (precision <= DIGITS && scale as usize <= precision).then_some(Number::Decimal(scale))
}

impl Shape {
    /// Whether any bytes of the width of its numbers are a number that is read.
    pub(super) fn is_always_read(self) -> bool {
        match self.stored {
            Stored::Int32 | Stored::Int64 | Stored::Int96 | Stored::Float | Stored::Double => true,
            Stored::Fixed(bytes) => (1..=16).contains(&bytes),
            Stored::Bit | Stored::Bytes => false,
        }
    }

    /// Whether whole numbers have no sign.
    pub(super) fn is_unsigned(self) -> bool {
        self.meaning == Meaning::Number(Number::Unsigned)
    }
}

impl Stored {
    /// Bytes of a value that has as many as all others. **Unit**: bytes.
    pub(super) fn width(self) -> usize {
        match self {
            Stored::Int32 | Stored::Float => 4,
            Stored::Int64 | Stored::Double => 8,
            Stored::Int96 => 12,
            Stored::Fixed(bytes) => bytes,
            Stored::Bit | Stored::Bytes => unreachable!("such values have no width"),
        }
    }
}
