"""What the server does in one step with a partition of posts, which is one hash.

Fields: a contentId to the post as JSON, and of the partition: `#cursor` (every post is of this fact
or later), `#proof` (the server's clock in microseconds, by which everything stored is in it) of
`#history`, `#settled` (the fact number up to which no answer lacks anything), and while it is
filled `#filling` (the token) and `#alive` (the filler's last sign, in microseconds).

A history is the replication id of a primary: it is another one after a restart, whatever the server
loads then, and after each promotion. A replica has none: its proofs are of the past.
"""

from __future__ import annotations

from chatstream.domain.content.freshness import WINDOW
from infra.redis.client import Script

LEASE = 2.0
"""Seconds after which a filler that gave no sign is taken for dead; its token ends with it."""

_CLOCK = """
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
"""
_HISTORY = """
local function history()
  local told = redis.call('INFO', 'replication')
  if not string.find(told, 'role:master', 1, true) then return '' end
  return string.match(told, 'master_replid:(%x+)') or ''
end
"""
_PUT = """
local function put(key, from)
  for i = from, #ARGV, 2 do
    if ARGV[i + 1] == '' then
      redis.call('HDEL', key, ARGV[i])
    else
      redis.call('HSET', key, ARGV[i], ARGV[i + 1])
    end
  end
end
"""
_FILLS = """
local function fills(key, token)
  if redis.call('HGET', key, '#filling') ~= token then return false end
  redis.call('HSET', key, '#alive', string.format('%.0f', clock()))
  return true
end
"""

# since, upto, then post and JSON by turns; the cursor. A move is the last that is written.
APPLY = Script(
    _PUT
    + """
local cursor = tonumber(redis.call('HGET', KEYS[1], '#cursor') or '')
if not cursor then return false end
if cursor < tonumber(ARGV[1]) or cursor >= tonumber(ARGV[2]) then return cursor end
put(KEYS[1], 3)
redis.call('HSET', KEYS[1], '#cursor', ARGV[2])
return tonumber(ARGV[2])
"""
)

# token, microseconds of the lease
BEGIN = Script(
    _CLOCK
    + """
local held = redis.call('HMGET', KEYS[1], '#filling', '#alive')
local since = clock() - tonumber(held[2] or '0')
if held[1] and held[1] ~= ARGV[1] and since >= 0 and since < tonumber(ARGV[2]) then return 0 end
redis.call('UNLINK', KEYS[1])
redis.call('HSET', KEYS[1], '#filling', ARGV[1], '#alive', string.format('%.0f', clock()))
return 1
"""
)

# token, then post and JSON by turns
FILL = Script(
    _CLOCK
    + _FILLS
    + _PUT
    + """
if not fills(KEYS[1], ARGV[1]) then return 0 end
put(KEYS[1], 2)
return 1
"""
)

# token, cursor
FINISH = Script(
    _CLOCK
    + _FILLS
    + """
if not fills(KEYS[1], ARGV[1]) then return 0 end
redis.call('HDEL', KEYS[1], '#filling', '#alive')
redis.call('HSET', KEYS[1], '#cursor', ARGV[2])
return 1
"""
)

# history ('': none), clock, and of each key its cursor
NOW = Script(
    _CLOCK
    + _HISTORY
    + """
local told = {history(), clock()}
for i, key in ipairs(KEYS) do
  told[i + 2] = tonumber(redis.call('HGET', key, '#cursor') or '') or -1
end
return told
"""
)

# history, its clock, then head and settled of each key. A later proof stays, but for one of the
# future: the clock was put back.
PROVE = Script(
    _CLOCK
    + _HISTORY
    + """
if history() ~= ARGV[1] then return 0 end
local proved = 0
for i, key in ipairs(KEYS) do
  local held = redis.call('HMGET', key, '#cursor', '#proof', '#history', '#settled')
  local cursor = tonumber(held[1] or '')
  if cursor and cursor >= tonumber(ARGV[2 * i + 1]) then
    local proof = tonumber(held[2] or '')
    if held[3] ~= ARGV[1] or not proof or proof < tonumber(ARGV[2]) or proof > clock() then
      redis.call('HSET', key, '#proof', ARGV[2], '#history', ARGV[1])
    end
    if tonumber(ARGV[2 * i + 2]) > tonumber(held[4] or '0') then
      redis.call('HSET', key, '#settled', ARGV[2 * i + 2])
    end
    proved = proved + 1
  end
end
return proved
"""
)

# post; its proof's age in microseconds and its JSON, false when nothing is proved
READ = Script(
    _CLOCK
    + _HISTORY
    + f"""
local held = redis.call('HMGET', KEYS[1], ARGV[1], '#proof', '#history')
if not held[2] or held[3] ~= history() then return false end
local age = clock() - held[2]
if age < 0 or age >= {WINDOW * 1_000_000:.0f} then return false end
return {{age, held[1]}}
"""
)

SETTLED = Script("return tonumber(redis.call('HGET', KEYS[1], '#settled') or '0')")


def key_of(partition: int) -> str:
    """The key of the partition: all of it is there, or nothing."""
    return f"chatstream:posts:{partition}"
