"""The records on the topics: msgspec structs, JSON with camelCase names, told apart by `type`.

Every record has a `schemaVersion`; a reader ignores fields it does not know. Times are RFC 3339
UTC with milliseconds, as text. Ids are lower-case UUID text. `accountId` is the identity;
`userId` is the handle and `userName` the shown name at that moment.

A fact carries `factNo`, dense per (RESPONSE topic, partition), given by the transaction that stored
it; a re-emission carries the same number. A refusal or an answer without a change has none.
`accessVersion` rises with every change of who may read a room.
"""

from schemas.records.accounts import *
from schemas.records.author_subscriptions import *
from schemas.records.base import *
from schemas.records.campaigns import *
from schemas.records.conduct import *
from schemas.records.contents import *
from schemas.records.coupons import *
from schemas.records.dead_letters import *
from schemas.records.erasure import *
from schemas.records.friends import *
from schemas.records.inspections import *
from schemas.records.lag import *
from schemas.records.log import *
from schemas.records.messages import *
from schemas.records.notices import *
from schemas.records.ops import *
from schemas.records.reading import *
from schemas.records.reporting import *
from schemas.records.rooms import *
from schemas.records.stats import *
