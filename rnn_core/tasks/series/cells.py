"""What the cells of a CSV file hold: dates and numbers, as people write them. Imports pandas."""

import numpy as np
import pandas as pd

SAMPLE = 300  # cells by which a column is recognised
_FEW = 30  # cells by which the formats of dates are chosen
_ENOUGH = 0.6  # share of the cells of a sample that must be dates or numbers; titles and totals are neither
_FORMATS = {  # of dates: their meaning in words
    "%d.%m.%Y": "day.month.year", "%d/%m/%Y": "day/month/year", "%m/%d/%Y": "month/day/year", "%Y/%m/%d": "year/month/day",
    "%d-%m-%Y": "day-month-year", "%m-%d-%Y": "month-day-year", "%d.%m.%y": "day.month.year", "%d/%m/%y": "day/month/year",
    "%m/%d/%y": "month/day/year", "%Y.%m.%d": "year.month.day", "%d %b %Y": "day month year", "%d %B %Y": "day month year",
    "%b %d, %Y": "month day, year", "%B %d, %Y": "month day, year", "%d-%b-%Y": "day-month-year", "%d-%b-%y": "day-month-year",
    "%b %Y": "month year", "%B %Y": "month year", "%b-%y": "month-year", "%m/%Y": "month/year", "%m.%Y": "month.year",
    "%Y/%m": "year/month",
}  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H.%M.%S", " %I:%M %p", " %I:%M:%S %p")
_LIKE_A_DATE = r"\d[-/.:T ]|[a-z]{3}[- ]\d|\d[- ][a-z]{3}"  # quick to search for: trying all formats takes milliseconds
_NUMBER_AS_DATE = r"(?:18|19|20)\d{2}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))?"  # a year, or year, month and day
MISSING = ["", "-", "–", "—", "na", "n/a", "nan", "null", "none", "?", ".", "..", "missing", "#n/a"]
_DECORATION = r"[\s\u00a0\u202f'’%€$£¥₹°]|\b(?:usd|eur|gbp|chf|jpy)\b"


def sample_of(cells: pd.Series) -> pd.Series:
    """Cells that are not missing, evenly spaced over the column."""
    present = cells[~cells.str.strip().str.lower().isin(MISSING)]
    return present.iloc[:: max(1, len(present) // SAMPLE)]


def has_dates(cells: pd.Series) -> bool:
    """Whether a column holds dates."""
    sample = sample_of(cells)
    return len(sample) > 0 and dates_in(sample)[0].notna().mean() >= _ENOUGH


def kind_of(cells: pd.Series) -> str:
    """What a column without dates holds: "numbers", "texts" or "nothing"."""
    sample = sample_of(cells)
    if not len(sample):
        return "nothing"
    return "numbers" if np.mean(~np.isnan(numbers_in(sample))) >= _ENOUGH else "texts"


def dates_in(cells: pd.Series) -> tuple[pd.Series, str]:
    """Cells as datetime64, NaT where they are no dates; and a sentence where day and month had to be guessed."""
    cells = cells.str.strip()
    is_number = cells.str.fullmatch(r"[-+]?\d+(?:[.,]\d*)?")
    is_possible = cells.str.fullmatch(_NUMBER_AS_DATE).where(is_number, cells.str.contains(_LIKE_A_DATE, case=False))
    possible = cells.where(is_possible & (cells.str.len() < 40))
    if not possible.notna().any():
        return pd.Series(pd.NaT, index=cells.index, dtype="datetime64[s]"), ""
    iso = pd.to_datetime(possible, format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
    if (missing := int((possible.notna() & iso.isna()).sum())) == 0:
        return iso.astype("datetime64[s]"), ""
    sample = possible.dropna().iloc[:_FEW]
    counts = {}
    for date in _FORMATS:
        for time in _TIMES:
            if count := int(_with_format(sample, date + time).notna().sum()):
                counts[date + time] = count
    if not counts or iso.notna().sum() >= missing:
        return iso.astype("datetime64[s]"), ""
    best = [form for form, count in counts.items() if count == max(counts.values())]
    parsed = [_with_format(possible, form) for form in best]
    order = min(range(len(best)), key=lambda i: (-int(parsed[i].notna().sum()), _disorder(parsed[i]), i))
    meaning = next(words for form, words in _FORMATS.items() if best[order].startswith(form))
    return parsed[order], f"Dates are read as {meaning}." if len(best) > 1 else ""


def _with_format(cells: pd.Series, form: str) -> pd.Series:
    return pd.to_datetime(cells, format=form, errors="coerce").astype("datetime64[s]")


def _disorder(dates: pd.Series) -> tuple[int, int]:
    """How unlike a series in order dates are: steps back in time, then different steps."""
    steps = dates.dropna().diff().dropna()
    return int((steps < pd.Timedelta(0)).sum()), steps.nunique()


def numbers_in(cells: pd.Series) -> np.ndarray:
    """Cells as float64, NaN where they are missing or no numbers, infinite where they say so."""
    plain = cells.str.strip().str.lower()
    plain = plain.mask(plain.isin(MISSING), "").str.replace(_DECORATION, "", regex=True).str.replace("−", "-")
    plain = plain.str.replace(r"^\((.*)\)$", r"-\1", regex=True)  # accountants' way of writing negative numbers
    decimal, thousands = (",", ".") if _has_decimal_comma(plain) else (".", ",")
    plain = plain.str.replace(thousands, "", regex=False).str.replace(decimal, ".", regex=False)
    return pd.to_numeric(plain, errors="coerce").to_numpy(np.float64, na_value=np.nan)


def _has_decimal_comma(cells: pd.Series) -> bool:
    """Whether a comma is the decimal mark of a column. Commas in front of three digits alone are taken for thousands."""
    with_comma = cells[cells.str.contains(",", regex=False)]
    if not len(with_comma):
        return bool(cells.str.fullmatch(r"[-+]?\d{1,3}(?:\.\d{3}){2,}").any())  # 1.234.567
    with_both = with_comma[with_comma.str.contains(".", regex=False)]
    if len(with_both):
        return bool((with_both.str.rfind(",") > with_both.str.rfind(".")).mean() > 0.5)
    return not with_comma.str.fullmatch(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+").all()
