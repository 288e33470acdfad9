"""Words too common to say anything: they are never counted.

A change here is a new `chatstream.domain.words.VERSION`: counts made with another list differ.
"""

from __future__ import annotations

_ENGLISH = """
    a about above after again all also am an and any are aren't as at be because been before being
    below between both but by can can't cannot could couldn't did didn't do does doesn't doing
    don't down during each few for from further get go got had hadn't has hasn't have haven't
    having he he'd he'll he's her here here's hers herself him himself his how how's i i'd i'll i'm
    i've if in into is isn't it it's its itself just let's like me more most my myself no nor not
    now of off oh ok on once only or other our ours ourselves out over own same she she'd she'll
    she's should shouldn't so some such than that that's the their theirs them themselves then
    there there's these they they'd they'll they're they've this those through to too under until
    up us very was wasn't we we'd we'll we're we've were weren't what what's when when's where
    where's which while who who's whom why why's will with won't would wouldn't yeah yes you you'd
    you'll you're you've your yours yourself yourselves
    b c d e f g h j k l m n o p q r s t u v w x y z s' 's
"""

_KOREAN = """
    가다 같다 거 거야 건 것 게 계시다 그러다 그렇다 그래서 그런데 그리고 근데 나 내 너 네 때 더 되다
    들 말 못 못하다 보다 수 싶다 아니다 안 않다 어 어떻다 없다 오다 요 우리 이 이다 이러다
    이렇다 있다 잘 저 저러다 저렇다 전 제 좀 주다 중 지금 하다 하지만
"""

ALL = frozenset(_ENGLISH.split()) | frozenset(_KOREAN.split())
