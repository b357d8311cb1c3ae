"""The templates of the offline generator, one sentence each.

A slot with a capitalised name is filled with capitalised words. Together, the templates use every character of the
default alphabet.
"""

TEMPLATES = (
    # Statements
    "{adverb}, the {noun} of the {adjective} {noun} will {verb} the {noun}.",
    "the {adjective} {noun} did not {verb}, but the {noun} and the {noun} did.",
    "{name} may {verb} this {noun} {adverb} and {verb} another {noun}.",
    "they {verb} {adverb} to {verb} every {adjective}, {adjective} {noun}.",
    "as the {job}, {first} had to {verb} the {noun} near {city}.",
    "no {noun} could {verb} the {noun} of {city} in {year}.",
    "{word} {word} {word} {word} {word} {word}.",
    "{word} {word} {word}, {word} {word} {word} {word}.",
    "{word} {word} {word}; {word} {word} {word} {word}.",
    "{word} {word} {Word} {word} {Word} {word}.",
    "{first} and {first} {Last} left {city} for {country} on {day}.",
    "{color}, {color} and {color} are the colors of {company}.",
    "we {verb} to {phrase}, and to {phrase}; we do not {verb}.",
    "{Phrase}: the {catchphrase}.",
    "{first}'s {noun} and {Last}'s {noun} are {adjective}.",
    "it's {adjective}, isn't it? They don't {verb}, we can't {verb}, I'll {verb}.",
    "half-{adjective} {noun}, well-{adjective} {noun} and {noun}-{noun}.",
    # Questions and exclamations
    "who will {verb} the {noun}? And when?",
    "did {first} {verb} the {adjective} {noun} of {city}?",
    "why should any {noun} {verb} {adverb}? Why?",
    "how {adjective} is {number} {noun}? Is it {adjective}?",
    "stop! {verb} the {noun}, {first}!",
    "what {adjective} {noun}! How {adjective}! {verb} it!",
    # Quotes and brackets
    '"{word} {word} {word}," said {name}, "{word} {word}."',
    '{Last} asked: "Where is the {adjective} {noun}?"',
    '"{Word}!" "{Word}?" "{verb} the {noun}!"',
    "the {noun} ({adjective} or {adjective}) can {verb} ({adverb}).",
    "{company} ({city}) and {company} ({country})",
    '"{word} {word}" ({year}) by {initial}. {initial}. {Last}',
    "'{word} {word}', they said; '{word}!'",
    # Names, places and work
    "{title} {name}, {job}, {company}",
    "{address}",
    "{address}",
    "{Last}, {initial}. {initial}. & {Last}, {initial}. ({year})",
    "{initial}{initial}{initial} & {company}, {city}, {country}",
    "dear {title} {Last}, your {noun} of {date} is {adjective}.",
    "{company} & {Last} {verb} at {street}; {city} {number}.",
    # Numbers, dates and prices
    "call {phone} or {phone} on {day}, {clock}.",
    "{phone} / {phone}",
    "{date}: {noun} {number}, {noun} {number}, {noun} {price}",
    "from {date} to {date}, {clock} - {clock}",
    "{clock} {city}; {clock} {city}; {clock} {city}",
    "{number} {noun} * {number} + {number} / {number} - {number}",
    "{number} + {number} * {number}; {number} / {number} + {number}",
    "pay {price} for #{number} and {price} for #{number}.",
    "#{number}: {price} + {price} * {number} / {number}",
    "{noun} and/or {noun} * {adjective}/{adjective} #{number}",
    "{number} {noun}: {price} each, {price} in all",
    "* {noun} * {noun} + {noun}; # {noun} & {noun}",
    "{verb} & {verb}; {noun} & {noun}; {Word} & {Word}",
    "see {code}/{number}, {code} and {plate} (isbn {isbn}).",
    "{code}; {code}; {plate}; {plate}",
    "room {initial}{number}, row {initial}, seats {initial}, {initial}, {initial} and {initial}",
    "({letter}) {noun}; ({letter}) {adjective} {noun}; ({letter}) {noun} {letter}",
    "group {initial}: {first}, {Last}; group {initial}: {first}, {Last}; group {initial}: {name}",
    "www.{word}-{word}.com/{word}/{word}?{word}",
)
