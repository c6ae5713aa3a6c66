-- Expressions of Spark SQL that read a cell, by name. `{x}` is the cell, trimmed; `{name}` another expression, of the same cell.

-- plain_ends: no blank and no other character than those of ASCII at its begin, no blank of ASCII at its end; cheap, since most cells are so
({x} >= '!' AND {x} < '\u007f' AND NOT (endswith({x}, ' ') OR endswith({x}, '\t') OR endswith({x}, '\r') OR endswith({x}, '\n') OR endswith({x}, '\u000c')))
-- trimmed: without the blanks of ASCII around it, and without byte order marks before it
if({plain_ends}, {x}, trim(BOTH ' \t\n\r\u000c' FROM trim(LEADING '\ufeff' FROM {x})))
-- trimmed_id: without the blanks of Unicode around it
if({plain_ends} AND octet_length({x}) = length({x}) AND NOT endswith({x}, '\u000b'), {x}, trim(BOTH ' \t\n\r\u000c\u000b\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff' FROM {x}))
-- blank: it is empty, or a word that programs write for an empty cell
(octet_length({x}) <= 7 AND lower({x}) IN ({blank_words}))
-- absent: it names nothing: blank, a word for a missing id, or 0, -1 or -2 in any form of a number
({x} = '' OR octet_length({x}) <= 14 AND ({lower} IN ({absent_words}) OR {x} RLIKE '^([-\u2212]?0+([.,]0*)?([eE]\\+?\\d+)?|[-\u2212]0*[12]([.,]0*)?([eE]\\+?0+)?)\\z'))
-- absent_id: it names no id
({absent} OR lower({x}) IN ({open_ids}))
-- strange: a character that is no text, or a form of an id that is not read here: in a formula or quotes, as a URN, in characters of other width; or a day with dots and a year of two digits
({x} RLIKE '[\\x00\\x0b\\x0c\\x1c-\\x1f\ufffd\u200b-\u200f\u202a-\u202e\u2060\uff10-\uff19]|[0-9A-Fa-f][\u2010-\u2015\uff0d][0-9A-Fa-f]|(^| )(="|\'[0-9]|[\'"(]([0-9A-Fa-f]{8}-|[0-9A-Fa-f]{32})|[Uu][Rr][Nn]:|\\d{1,2}[.] ?\\d{1,2}[.] ?\\d{2}[.]?( |\\z))')
-- word: as choices are compared
lower(regexp_replace({x}, '[\\s\\h\ufeff_-]', ''))

-- is_number: a plain number
({x} RLIKE '^[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\z')
-- number: the exact amount, which may have an exponent of any size if it is 0; NULL if the cell is no plain number, or the number is 10^14 or more
if({is_number}, coalesce(try_cast({x} AS DECIMAL(38,24)), if(length({x}) < 900 AND {x} RLIKE '^[+-]?([0.]*([eE].*)?|[0-9.]*[eE]-0*[1-9][0-9]{3,})\\z', 0, NULL)), NULL)
-- is_rounded: whether digits behind the 24th decimal were rounded, half away from zero
length({x}) > 20 AND length(trim(TRAILING '0' FROM regexp_extract({x}, '[.]([0-9]+)', 1))) - coalesce(try_cast(regexp_extract({x}, '[eE]([+-]?[0-9]+)', 1) AS INT), 0) > 24
-- number_shape: currency, sign, digits with marks, currency
'^\\(?[\\h\\v\ufeff]*[+\u2212-]?[\\h\\v\ufeff]*([^\\d.,\'\u2019+\u2212()-]*)[\\h\\v\ufeff]*[+\u2212-]?[\\h\\v\ufeff]*([\\d.,\'\u2019 \u00a0\u202f\u2009]*\\d[.,]?([eE][+\u2212-]?\\d+)?)[\\h\\v\ufeff]*([^\\d.,()]*)\\)?\\z'
-- number_body: the digits with marks
regexp_extract({x}, {number_shape}, 2)
-- number_unit: the currency beside the digits
trim(lower(concat(regexp_extract({x}, {number_shape}, 1), regexp_extract({x}, {number_shape}, 4))))
-- with_point: a number with a decimal point, perhaps with groups of three digits
({number_body} RLIKE '^(\\d*\\.?\\d*([eE][+\u2212-]?\\d+)?|[1-9]\\d{0,2}(?:(,\\d{3})+|([ \u00a0\u202f\u2009]\\d{3})+|([\'\u2019]\\d{3})+)(\\.\\d*)?)\\z')
-- with_comma: a number with a decimal comma
({number_body} RLIKE '^(\\d*,?\\d*([eE][+\u2212-]?\\d+)?|[1-9]\\d{0,2}(?:(\\.\\d{3})+|([ \u00a0\u202f\u2009]\\d{3})+|([\'\u2019]\\d{3})+)(,\\d*)?)\\z')
-- with_unit: what stands beside the digits may be a currency
({number_unit} = '' OR trim(TRAILING '.' FROM {number_unit}) IN ({signs}) OR {number_unit} RLIKE '^[a-z]{3}\\z')
-- two_signs: two signs before the digits, a sign in parentheses, or one parenthesis
({x} RLIKE '^[+\u2212-]\\s*[^\\d.,]*[+\u2212-]|^\\(\\s*[^\\d.,]*[+\u2212-]' OR ({x} LIKE '(%') <> ({x} LIKE '%)'))
-- number_fault: why a cell is no amount; `stop` where another form of a number is meant
CASE WHEN {blank} THEN 'no-amount' WHEN {is_number} THEN 'amount-too-large' WHEN length({x}) > 64 OR NOT {x} RLIKE {number_shape} OR {two_signs} OR NOT ({with_point} OR {with_comma}) THEN 'bad-number' WHEN NOT {with_point} THEN 'stop' WHEN NOT {with_unit} OR {with_comma} AND {number_body} LIKE '%,%' THEN 'bad-number' ELSE 'stop' END

-- power: a whole number with an exponent, as programs make of ids
'^[+]?(\\d+)(?:[.,](\\d*))?[eE][+]?(\\d{1,2})\\z'
-- power_decimals: its decimals
trim(TRAILING '0' FROM regexp_extract({x}, {power}, 2))
-- power_digits: its digits, without the zeros that the exponent adds
trim(LEADING '0' FROM concat(regexp_extract({x}, {power}, 1), {power_decimals}))
-- power_zeros: how many zeros the exponent adds
(try_cast(regexp_extract({x}, {power}, 3) AS INT) - length({power_decimals}))
-- partner: a partner id; a whole number is one id in every form; NULL if the cell names none
nullif(CASE WHEN {x} RLIKE '^\\d+\\z' THEN trim(LEADING '0' FROM {x}) WHEN {absent_id} THEN NULL WHEN {x} RLIKE '^[+]?\\d+([.,]0*)?\\z' THEN trim(LEADING '0' FROM regexp_extract({x}, '\\d+', 0)) WHEN {x} RLIKE {power} AND {power_zeros} >= 0 THEN rpad({power_digits}, length({power_digits}) + {power_zeros}, '0') ELSE {x} END, '')
-- total_label: a word for a total, alone or beside one other word
lower(trim(TRAILING ': ' FROM {x})) RLIKE '^ *(({total_words})( +[^ ]+)?|[^ ]+ +({total_words}))\\z'
-- mail_address: it holds one
{x} RLIKE '[^\\s@]@[^\\s@]+[.][^\\s@]'
-- partner_fault: why a cell is no partner id; `stop` where groups of digits are meant
CASE WHEN {x} RLIKE '^\\d*\\z' THEN NULL WHEN {x} IN ({sheet_errors}) THEN 'bad-text' WHEN {total_label} OR {mail_address} THEN 'no-partner' WHEN {x} RLIKE '^[+\u2212-]?[1-9]\\d{0,2}([., \'\u00a0\u202f\u2019]\\d{3})+([.,]\\d*)?\\z' THEN 'stop' WHEN {x} RLIKE {power} AND {power_zeros} > 0 AND length({power_digits}) + {power_zeros} > 11 THEN 'id-lost-precision' END

-- is_guid: in lower case
({x} RLIKE '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\z')
-- of_path: of a resource path, the subscription
regexp_replace(lower({x}), '^/?subscriptions/([^/]*)(/.*)?\\z', '$1')
-- with_hyphens: a GUID without braces, with hyphens
regexp_replace(regexp_replace({of_path}, '^[{] *([0-9a-f-]+) *[}]\\z', '$1'), '^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})\\z', '$1-$2-$3-$4-$5')
-- guid: a subscription or tenant as it is compared; NULL if the cell names none
CASE WHEN octet_length({x}) = 36 AND {x} RLIKE '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\\z' THEN nullif(lower({x}), '00000000-0000-0000-0000-000000000000') WHEN {absent_id} THEN NULL WHEN {with_hyphens} = '00000000-0000-0000-0000-000000000000' THEN NULL WHEN {with_hyphens} RLIKE '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\z' THEN {with_hyphens} ELSE {of_path} END
-- guid_fault: why a cell is no subscription or tenant
CASE WHEN {x} IN ({sheet_errors}) THEN 'bad-text' END

-- month: the name of a month
(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)
-- behind: what stands behind a day
(?:(?: |[Tt](?=.))\\s*(.*))?
-- fast_iso: the common form of a day with the year first
CASE WHEN {x} RLIKE '^(?!0000)\\d{4}-\\d{2}-\\d{2}([T ]00:00(:00)?Z?)?\\z' THEN try_cast(left({x}, 10) AS DATE) END
-- fast_month_first: the common form of a day with slashes
CASE WHEN {x} RLIKE '^\\d{1,2}/\\d{1,2}/(?!0000)\\d{4}\\z' THEN try_cast(concat(split_part({x}, '/', 3), '-', split_part({x}, '/', 1), '-', split_part({x}, '/', 2)) AS DATE) END
-- fast_day_first: likewise, the day first
CASE WHEN {x} RLIKE '^\\d{1,2}/\\d{1,2}/(?!0000)\\d{4}\\z' THEN try_cast(concat(split_part({x}, '/', 3), '-', split_part({x}, '/', 2), '-', split_part({x}, '/', 1)) AS DATE) END
-- iso: other forms with the year first, each as `Y-M-D time`
WHEN {x} RLIKE '^\\d{4}-\\d{2}-\\d{2}[ Zz]' THEN regexp_replace({x}, '^(.{10}).\\s*(.*)\\z', '$1 $2') WHEN {x} RLIKE '^\\d{4}([-/.])\\d{1,2}\\1\\d{1,2}[Zz]?{behind}\\z' THEN regexp_replace({x}, '^(\\d{4}).(\\d{1,2}).(\\d{1,2})[Zz]?{behind}\\z', '$1-$2-$3 $4') WHEN {x} RLIKE '^\\d{8}[Zz]?{behind}\\z' THEN regexp_replace({x}, '^(\\d{4})(\\d{2})(\\d{2})[Zz]?{behind}\\z', '$1-$2-$3 $4') WHEN {x} RLIKE '^\\d{4}\\. *\\d{1,2}\\. *\\d{1,2}\\.?\\z' THEN regexp_replace({x}, '^(\\d{4})\\. *(\\d{1,2})\\. *(\\d{1,2})\\.?\\z', '$1-$2-$3 ')
-- month_first: numbers with slashes or hyphens
WHEN {x} RLIKE '^\\d{1,2}([-/])\\d{1,2}\\1(\\d{4}|\\d{2}){behind}\\z' THEN regexp_replace({x}, '^(\\d{1,2}).(\\d{1,2}).(\\d{4}|\\d{2}){behind}\\z', '$3-$1-$2 $4')
-- day_first: likewise
WHEN {x} RLIKE '^\\d{1,2}([-/])\\d{1,2}\\1(\\d{4}|\\d{2}){behind}\\z' THEN regexp_replace({x}, '^(\\d{1,2}).(\\d{1,2}).(\\d{4}|\\d{2}){behind}\\z', '$3-$2-$1 $4')
-- year_first: likewise, the year with two digits
WHEN {x} RLIKE '^\\d{2}([-/])\\d{1,2}\\1\\d{1,2}{behind}\\z' THEN regexp_replace({x}, '^(\\d{2}).(\\d{1,2}).(\\d{1,2}){behind}\\z', '$1-$2-$3 $4')
-- slashes: forms with the year last whose order is plain: dots, and names of months
WHEN {x} RLIKE '^\\d{1,2}\\. *\\d{1,2}\\. *(\\d{4}|\\d{2}){behind}\\z' THEN regexp_replace({x}, '^(\\d{1,2})\\. *(\\d{1,2})\\. *(\\d{4}|\\d{2}){behind}\\z', '$3-$2-$1 $4') WHEN {x} RLIKE '^\\d{1,2}\\. *\\d{1,2}\\. *\\d{4}\\.\\z' THEN regexp_replace({x}, '^(\\d{1,2})\\. *(\\d{1,2})\\. *(\\d{4})\\.\\z', '$3-$2-$1 ') WHEN {x} RLIKE '^\\d{1,2}[ /,.-]+{month}[ /,.-]+(\\d{4}|\\d{2})([ /,.-].*)?\\z' THEN regexp_replace({x}, '^(\\d{1,2})[ /,.-]+({month})[ /,.-]+(\\d{4}|\\d{2})(?:[ /,.-]\\s*(.*))?\\z', '$3-$2-$1 $4') WHEN {x} RLIKE '^{month}[ /,.-]+\\d{1,2}[ /,.-]+(\\d{4}|\\d{2})([ /,.-].*)?\\z' THEN regexp_replace({x}, '^({month})[ /,.-]+(\\d{1,2})[ /,.-]+(\\d{4}|\\d{2})(?:[ /,.-]\\s*(.*))?\\z', '$3-$1-$2 $4') WHEN {x} RLIKE '^\\d{4}[ /,.-]+{month}[ /,.-]+\\d{1,2}([ /,.-].*)?\\z' THEN regexp_replace({x}, '^(\\d{4})[ /,.-]+({month})[ /,.-]+(\\d{1,2})(?:[ /,.-]\\s*(.*))?\\z', '$1-$2-$3 $4')
-- iso_month: a month, as its first day
WHEN {x} RLIKE '^\\d{4}-?\\d{2}\\z' THEN regexp_replace({x}, '^(\\d{4})-?(\\d{2})\\z', '$1-$2-1 ')
-- named_month: likewise
WHEN {x} RLIKE '^{month}[ ,-]+(\\d{4}|\\d{2})\\z' THEN regexp_replace({x}, '^({month})[ ,-]+(\\d{4}|\\d{2})\\z', '$2-$1-1 ')
-- date: the date of a `Y-M-D time`; NULL if there is no such day
CAST(coalesce(try_to_timestamp(split_part({x}, ' ', 1), 'yyyy-M-d'), try_to_timestamp(split_part({x}, ' ', 1), 'yy-M-d'), try_to_timestamp(split_part({x}, ' ', 1), 'yyyy-MMM-d'), try_to_timestamp(split_part({x}, ' ', 1), 'yyyy-MMMM-d'), try_to_timestamp(split_part({x}, ' ', 1), 'yy-MMM-d'), try_to_timestamp(split_part({x}, ' ', 1), 'yy-MMMM-d')) AS DATE)
-- time: the time of a `Y-M-D time`
trim(substring({x}, instr({x}, ' ') + 1))
-- is_zone: there is no time of day
(lower({time}) IN ('', 'z', 'utc', 'gmt'))
-- is_time: it looks like a time of day
({time} RLIKE '(?i)^\\d{1,2}:\\d{2}(:\\d{2}(\\.\\d+)?)?\\s*(am|pm)?\\s*(z|utc|gmt|[+-]\\d{2}(:?\\d{2})?\\s*(utc|gmt)?)?\\z')
-- is_valid_time: there is such a time of day
({time} RLIKE '(?i)^(([01]?\\d|2[0-3]):[0-5]\\d(:([0-5]\\d|60)(\\.\\d+)?)?\\s*(z|utc|gmt|[+-](0\\d|1[0-8])(:?[0-5]\\d)?\\s*(utc|gmt)?)?|(0?[1-9]|1[0-2]):[0-5]\\d(:([0-5]\\d|60)(\\.\\d+)?)?\\s*[ap]m\\s*(z|utc|gmt|[+-](0\\d|1[0-8])(:?[0-5]\\d)?\\s*(utc|gmt)?)?)\\z')
-- with_offset: hours, minutes, sign, hours and minutes of an offset
'^(\\d{1,2}):(\\d{2})[^+-]*([+-])(\\d{2}):?(\\d{2})?'
-- hours: hours since midnight, as written
if({time} RLIKE '(?i)[ap]m', try_cast(regexp_extract({time}, {with_offset}, 1) AS INT) % 12 + if({time} RLIKE '(?i)pm', 12, 0), try_cast(regexp_extract({time}, {with_offset}, 1) AS INT))
-- minutes: minutes since midnight in UTC
{hours} * 60 + try_cast(regexp_extract({time}, {with_offset}, 2) AS INT) - if(regexp_extract({time}, {with_offset}, 3) = '-', -1, 1) * (try_cast(regexp_extract({time}, {with_offset}, 4) AS INT) * 60 + coalesce(try_cast(regexp_extract({time}, {with_offset}, 5) AS INT), 0))
-- day: the day in UTC of a `Y-M-D time`; NULL if there is none
CASE WHEN {is_zone} THEN {date} WHEN NOT {is_valid_time} THEN NULL WHEN {time} RLIKE {with_offset} THEN date_add({date}, CAST(floor(({minutes}) / 1440) AS INT)) ELSE {date} END
-- day_fault: why a `Y-M-D time` is no day
CASE WHEN {x} IS NULL OR NOT ({is_zone} OR {is_time}) THEN 'bad-date' ELSE 'impossible-date' END

-- lower: of a choice; letters beside A to Z stay, so that no other letter is one of them
if(octet_length({x}) = length({x}), lower({x}), translate({x}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'))
-- currency: a code of three letters, in upper case; NULL if the cell is none
if({x} RLIKE '^[A-Za-z]{3}\\z', upper({x}), NULL)
-- invoice: the number of an invoice; empty if the cell names none
if({absent}, '', upper({x}))
-- of_string: text of a column of Parquet; likewise those that follow
{x}
-- of_boolean: as written
CAST({x} AS STRING)
-- of_byte: as written
CAST({x} AS STRING)
-- of_short: as written
CAST({x} AS STRING)
-- of_integer: as written
CAST({x} AS STRING)
-- of_long: as written
CAST({x} AS STRING)
-- of_decimal: all decimals
CAST({x} AS STRING)
-- of_date: the year first
CAST({x} AS STRING)
-- of_timestamp: in UTC
date_format({x}, 'yyyy-MM-dd\'T\'HH:mm:ss')
-- of_timestamp_ntz: as it stands
date_format({x}, 'yyyy-MM-dd\'T\'HH:mm:ss')
-- of_double: the shortest text that reads back the same number
CASE WHEN {x} IS NULL OR isnan({x}) THEN '' WHEN abs({x}) < 1e15 AND {x} = floor({x}) THEN CAST(CAST({x} AS DECIMAL(20,0)) AS STRING) WHEN CAST(format_string('%.14e', {x}) AS DOUBLE) = {x} THEN format_string('%.14e', {x}) WHEN CAST(format_string('%.15e', {x}) AS DOUBLE) = {x} THEN format_string('%.15e', {x}) ELSE format_string('%.16e', {x}) END
-- open_quote: of a line: a quote is not closed in it
octet_length({x}) % 2 <> octet_length(replace({x}, '"', '')) % 2
-- unquoted: of a line, what stands outside of quotes
if(instr({x}, '"') > 0, regexp_replace({x}, '"[^"]*"', ''), {x})
-- marks: of a line that is not empty, of a file that is named: how many delimiters part its fields
if({x} = '', NULL, octet_length({unquoted}) - octet_length(replace({unquoted}, if(lower(file) RLIKE '[.]tsv([.]gz)?\\z', '\t', ','), '')))
-- field: of a line with commas
(?:"[^"]*+(?:""[^"]*+)*+"(?=,|\\z)|[^",][^,]*+|(?=,|\\z))
-- tab_field: of a line with tabs
(?:"[^"]*+(?:""[^"]*+)*+"(?=\t|\\z)|[^"\t][^\t]*+|(?=\t|\\z))
-- bad_quote: of a line of a file that is named: text follows a closing quote
instr({x}, '"') > 0 AND NOT if(lower(file) RLIKE '[.]tsv([.]gz)?\\z', {x} RLIKE '^{tab_field}(?:\t{tab_field})*+\\z', {x} RLIKE '^{field}(?:,{field})*+\\z')
-- blanks_alone: of a line: Spark passes over it in silence
({x} < '!' AND {x} RLIKE '^[\\x01-\\x20]+\\z')
