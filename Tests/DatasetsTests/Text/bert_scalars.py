"""Prints the digests that BertScalarRuleTests compares with: what the library tokenizers makes of single characters.

Run with tokenizers 0.23.3: python3 bert_scalars.py
"""

import hashlib

from tokenizers.normalizers import NFD, BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

# Every plane that has characters, private use and surrogates left out.
SCALARS = [c for c in [*range(0x33480), *range(0xE0000, 0xE0200)] if not 0xD800 <= c < 0xE000]


def words(lowercase):
    """The words of 'a', the character and 'b' in a row, for each character."""
    normalizer = BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=lowercase
    )
    split = BertPreTokenizer().pre_tokenize_str
    for c in SCALARS:
        yield " ".join(word for word, _ in split(normalizer.normalize_str("a" + chr(c) + "b")))


def orders():
    """Whether each character changes places with marks of class 1 and 240, and one of class 220 with it."""
    nfd = NFD().normalize_str
    for c in map(chr, SCALARS):
        if nfd(c) != c:
            continue
        pairs = [c + "\u0334", c + "\u0323", "\u0345" + c]
        yield "".join("1" if nfd(pair) != pair else "0" for pair in pairs)


for name, lines in [("uncased", words(True)), ("cased", words(False)), ("orders", orders())]:
    print(name, hashlib.sha256("\n".join(lines).encode()).hexdigest())
