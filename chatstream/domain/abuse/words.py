"""Words that are masked, words for which a message is refused, and innocent words they hide in.

How they are chosen. Masked: vulgar words and insults that most chat services hide. Refused: slurs
against a group, and calls to die or to rape, where a mask would still carry the blow. A word is
listed only when its common use is abusive: body parts, illnesses, `damn`, `hell`, and Korean words
whose everyday sense is another (보지, 자지, 새끼 of an animal, 년 of a year) are left out or listed
with the words that make them abusive. Look-alikes, digits for letters, gaps, stretched letters and
taken-apart jamo need no entry: the matcher sees through them.

How they are written. `word` is a whole word (Korean: with a particle, English: with a plural end),
`word*` begins a word, `*word*` stands anywhere. `[시씨]` is one of the characters, `_` a space that
may be missing. Korean initials (ㅅㅂ) match only jamo that were written alone.
An allowed word or phrase frees whatever banned word it overlaps.
"""

from __future__ import annotations

_MASKED_KOREAN = """
    시발* *[씨쒸싀씌]발* [쉬슈]발* [시씨][벌팔빨뱔]* 시바 씨바 씹[새창할]* 씹년* 씹보지* ㅅㅂ*
    ㅆㅂ* [ㅅㅆ]발* [시씨]ㅂ [시씨ㅅㅆ]8 18놈* 18새끼* *병신* *븅신* *빙신* *뼝신* *병ㅅ* *ㅂ신*
    ㅂㅅ* ㅄ* 개새[끼키]* 개색[기끼]* 개[섀쉐세]끼* 개ㅅㄲ* ㄱㅅㄲ* 개자식* 개[놈년]*
    개[쌍썅잡][놈년]* [이저그니]_새끼* [이저그]_색[기끼]* [썅쌍]새끼* 새끼야* *ㅅㄲ* 호로[새자]*
    미친_[놈년]* 미친_새끼* ㅁㅊ[놈년]* *썅* 쌍[놈년]* 잡[놈년] 또라이* 똘아이* *지랄* *ㅈ랄*
    ㅈㄹ* 쥐랄* 염병* 엠병* 존나* 쫀나* *좆* 좇[같까나]* 조까* ㅈ[까같]* ㅈㄴ* 닥쳐 닥쳐라*
    아가리_[닥싸]* 주둥이_닥* 엿_먹어라* *뒈[져지질]* 뒤질래* 느금마* 니[애에]미* 니미 니미럴*
    느그[애어]미* ㄴㄱㅁ* 엠창* [애에]미_뒤진* 호래자식* 창녀* 걸레[년같]* 화냥년* 보빨* 개보지*
    보지년* 딸딸이* 찐따* 등신* 머저리* 돌대가리* 빡대가리* 대가리_깨* 쓰레기_[놈년새]*
    쓰레기_같은_[놈년새]* 육시랄*
"""

_REFUSED_KOREAN = """
    한남충* 김치녀* 된장녀* 맘충* 틀딱* 급식충* 짱[깨꼴]* 쪽[바발][리이]* 깜둥이* 똥꼬충*
    게이새끼* 똥남아* 전라디언* 개쌍도* 장애새끼* 장애인새끼* 애자새끼* 자살해라* 나가_뒤져*
    나가_죽어* 가서_죽어* 뒤져버려* 죽여_버린다* 죽여버릴* 칼로_찌른다* 찔러_죽인다* 강간할거*
    강간해버* 강간한다* [널너쟤걔]_따먹*
"""

_MASKED_ENGLISH = """
    *fuck* fuk fukin* fuking* fukk* phuck* fcuk* fck fckin* gtfo stfu milf tlqkf* qudtls* rotorl*
    wlfkf* *shit* shyt* shite* *bitch* biatch* biotch* beotch* *asshole* arsehole* asshat*
    asswipe* *dumbass* *jackass* *fatass* ass arse cunt* kunt* twat* dickhead* dick
    dickface* dickwad* cocksuck* cock pussy pussies prick *bastard* bollock* wanker* wank wanking
    tosser* bellend* whore* slut slutty skank* thot cum cumshot* cumming jizz* blowjob* handjob*
    rimjob* dildo* boob* tit titty titties knobhead* douche* scumbag* piss_off jerk_off jerkoff*
    numbnut* screw_you sibal* ssibal* shibal* ssipal* gaesaekki* gaesaeki* byungsin* byeongsin*
"""

_REFUSED_ENGLISH = """
    *nigger* nigga* niggu* *faggot* fag tranny trannies chink chinky gook kike spic wetback*
    raghead* towelhead* coon paki retard* kys kill_yourself kill_urself go_die hang_yourself
    neck_yourself drink_bleach rape_you rape_u rape_her rape_him
"""

_ALLOWED = """
    시발점 시발역 시발_택시 시발_자동차 시발_열차 시바견 시바_이누 날씨발 말씨발 솜씨발 불씨발
    글씨발 맵시발 아저씨발 아가씨발 씨발아율 씨벌레 시팔월 시벌겋 병신청 병신고 병신규 병신설
    병신속 병신체 빙신청 이_새끼_고양이 이_새끼_강아지 새끼_고양이 새끼_강아지 새끼_돼지 새끼_곰
    새끼_사자 새끼_호랑이 새끼_오리 새끼_토끼 새끼_양 새끼_펭귄 새끼손가락 새끼손톱 새끼발가락
    새끼발톱 새끼줄 고양이_새끼 강아지_새끼 지랄탄 염병학 미친_새벽 [가이]_닥쳐 눈앞에_닥쳐
    코앞에_닥쳐 등신대 등신불 등신_크기 존나단 조까지 조까진 쓰레기_새로 개놈팡 땅_따먹기 땅따먹기
    scunthorpe penistone shitake shiitake matsushita mishit cocktail cockpit dick_van
    dick_cheney dick_clark philip_k._dick philip_k_dick moby_dick moby-dick pussy_willow
    pussy_riot pussy_cat prick_your_finger prick_the cock-a-doodle blue_tit great_tit coal_tit
    tit_for_tat cum_laude cum_dividend booby_trap boobook retardant retardation_factor chink_in
    spic_and_span maine_coon coon_rapids snigger niggard bit.ch wild_ass shittah shittim
"""

MASKED = (*_MASKED_KOREAN.split(), *_MASKED_ENGLISH.split())
REFUSED = (*_REFUSED_KOREAN.split(), *_REFUSED_ENGLISH.split())
ALLOWED = tuple(_ALLOWED.split())
