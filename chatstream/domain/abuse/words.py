"""Words that are masked, words for which a message is refused, and innocent words they hide in.

How they are chosen. Masked: vulgar words and insults that most chat services hide. Refused: slurs
against a group, and calls to die or to rape, where a mask would still carry the blow. A word is
listed only when its common use is abusive: body parts, illnesses, `damn`, `hell`, and Korean words
whose everyday sense is another (보지, 자지, 새끼 of an animal, 년 of a year) are left out or listed
with the words that make them abusive. Look-alikes, digits for letters, gaps, stretched letters and
taken-apart jamo need no entry: the matcher sees through them.

How they are written. `word` is a whole word (Korean: with a particle, English: with a plural end),
`word!` the same with nothing behind it (시바: a dog is kept, an outcry has no particle), `word*`
begins a word, `*word*` stands anywhere, but never across the words of a sentence
(`chatstream.domain.abuse.own_words`). `[시씨]` is one of the characters, `_` a space that may be
missing. Korean initials (ㅅㅂ) match only jamo that were written alone.
An allowed word or phrase frees whatever banned word it overlaps: names, and the readings in which a
word is no abuse. Most seams of two ordinary words need none: the dictionary knows them. Allowed are
the commonest, and what no dictionary has (아시바, a scaffold).
"""

from __future__ import annotations

_MASKED_KOREAN = """
    시발* *[씨쒸싀씌씪씹씻씯씿]발* [씩쓰쌰]발* [쉬슈]발* [시씨][벌팔빨뱔]* 쓰벌* 씨밸*
    [시씨]부[랄럴]* 시바! 씨바! 시팍 씨팍 씹[새창할]* 씹새끼* 씹쌔끼* 십[새쌔]끼* 씹년* 씹보지*
    ㅅㅂ* ㅆㅂ* [ㅅㅆ]발* [시씨]ㅂ [sc]발 si발* ssi발* shi발* tl발* 시bal* 씨bal* [ㅅㅆ]bal*
    [시씨ㅅㅆ]8 18놈* 18년아* 18새끼* *병신* *븅신* *빙신* *뼝신* *병ㅅ* *ㅂ신* [뱅븽뵹벙볍]신*
    [병븅빙뼝][쉰싄씬]* [병븅빙]딱* [병븅]시나 [병븅]sin* b신* ㅂㅅ* ㅄ* 개[새쌔][끼키]*
    [게걔]새끼* 개색[기끼히휘꺄]* 개[섀쉐세쎄쇄쇠샛샠섹섁샥쉑슥스]끼* 개[섀쉐쌔]키* 개쉑* 개샊*
    개객[끼기]* 개시[키끼] 개쉐리* 개새[꺄캬]* 개ㅅㄲ* ㄱㅅㄲ* 개자식* 개[놈년]* 개[쌍썅잡][놈년]*
    [이저그니]_[새쉐섀]끼* [이저그]_시키야 [이저그]_색[기끼]* [썅쌍]새끼* 새[끼키]야* 쉐끼* *ㅅㄲ*
    호로[새자]* 호로새끼* 미친_[놈년]* 미친[놈년]* 미친_새끼* 미친_[섀쉐]끼* ㅁㅊ[놈년]* *썅*
    쌍[놈년]* 잡[놈년] 또라이* 똘아이* 또라2* *지랄* *ㅈ랄* 지ral* ㅈㄹ* 쥐랄* 염병* 엠병* 존나*
    [쫀죤줜]나* *[좆좃]* 좇[같까나]* 조까* ㅈ[까같]* ㅈㄴ* 닥쳐! 닥쳐라* 아가리_[닥싸]* 주둥이_닥*
    엿_먹어라* *뒈[져지질]* 뒤질래* 느금마* 니[애에]미* 니미 니미럴* 느그[애어]미* ㄴㄱㅁ* 엠창*
    [애에]미_뒤진* 호래자식* 창녀* 걸레[년같]* 화냥년* 보빨* 개보지* 보지년* 딸딸이* 찐따* 등신*
    머저리* 돌대가리* 빡대가리* 대가리_깨* 쓰레기_[놈년]* 쓰레기_새끼* 쓰레기_같은_[놈년]*
    쓰레기_같은_새끼* 육시랄*
"""

_REFUSED_KOREAN = """
    한남충* 김치녀* 된장녀* 맘충* 틀딱* 급식충* 짱[깨꼴]* 쪽[바발][리이]* 깜둥이* 똥꼬충*
    게이새끼* 똥남아* 전라디언* 개쌍도* 장애새끼* 장애인새끼* 애자새끼* 자살해라* 나가_뒤져
    나가_뒤져라* 나가_뒤져버* 나가_죽어* 가서_죽어* 뒤져버려* 죽여_버린다* 죽여버릴* 칼로_찌른다*
    찔러_죽인다* 강간할거* 강간해버* 강간한다* [널너쟤걔]_따먹*
"""

_MASKED_ENGLISH = """
    *fuck* fuk fukin* fuking* fukk* fuxk* fuxx* fuqq* phuck* phuk fcuk* fck fckin* gtfo stfu milf
    tlqkf* qudtls* rotorl* wlfkf* *shit* shyt* shite* *bitch* biatch* biotch* beotch* beyotch*
    *asshole* azzhole* arsehole* asshat* asswipe* *dumbass* *jackass* *fatass* ass arse cunt*
    kunt* twat* dickhead* dick dickface* dickwad* cocksuck* cock pussy pussies prick *bastard*
    bollock* wanker* wank wanking tosser* bellend* whore* slut slutty skank* thot cum cumshot*
    cumming jizz* blowjob* handjob* rimjob* dildo* boob* tit titty titties knobhead* douche*
    scumbag* piss_off jerk_off jerkoff* numbnut* screw_you sibal* ssibal* shibal* ssipal*
    gaesaekki* gaesaeki* byungsin* byeongsin*
"""

_CALLS_KOREAN = "자살해라* 나가_뒤져 나가_뒤져라* 나가_뒤져버* 나가_죽어* 가서_죽어* 뒤져버려*"
_CALLS_ENGLISH = "kys kill_yourself kill_urself go_die hang_yourself neck_yourself drink_bleach"

_REFUSED_ENGLISH = f"""
    *nigger* nigga* niggu* niqqa* *faggot* fag tranny trannies chink chinky gook kike spic
    wetback* raghead* towelhead* coon paki retard* {_CALLS_ENGLISH} rape_you rape_u rape_her
    rape_him
"""

# Where ordinary Korean words meet, and those that a listed word begins or ends.
_ALLOWED_KOREAN = """
    시발점 시발역 시발주자 시발항 시발_택시 시발_자동차 시발_버스 시발_열차 시발이_[되된] 시바견
    시바_이누 시바_키우 시바_믹스 시바_산책 시바_입양 시바_분양 시바_강아지 시바_여왕 [흰검]_시바
    우리_시바 아시바_설치 아시바_해체 아시바_작업 아시바_공사 아시바_임대 아시바_자재 아시바_위
    아시바_파이프 아시바_클립 아시바_발판 아시바_비계 아시바_업체 아시바_철거 날씨발 말씨발 솜씨발
    불씨발 글씨발 맵시발 아저씨발 아가씨발 씨발아율 씨벌레 시팔월 시벌겋 시벌판
    [다역또]시발[견급표행송사전신음권동령] 개시발[권표행송급매] 씨발[라랐려린]줘
    씨발라[주드내먹서야] [s]발[음표매행급전송목신생가등] [c]발[음표매행급전송목신생가등]
    팀장씨발표 이시바_[총시내정의] 이시바[는가의를와도에] 슈발리에 슈발블랑 슈발레 슈발브 쉬발카르
    병신청 병신고 병신규 병신설 병신속 병신체 빙신청 병신춤 병신굿 병신난봉가 병신_일주
    병신일[주간에생] 병신년_( 병신년[에생의] 병신년_새해 병신년_출생 병신년은_육 병신월 병신정변
    역병신 병딱지 이_새끼_고양이 이_새끼_강아지 아이_새끼 새끼_고양이 새끼_강아지 새끼_돼지
    새끼_곰 새끼_사자 새끼_호랑이 새끼_오리 새끼_토끼 새끼_양 새끼_펭귄 새끼_새 새끼_물고기
    새끼_코끼리 새끼_판다 새끼_사슴 새끼_거북 새끼_제비 새끼_원숭이 새끼_고래 새끼_여우 새끼_늑대
    새끼_염소 새끼_소 새끼_쥐 새끼_기린 새끼_다람쥐 새끼_악어 새끼_물개 새끼손 새끼발가 새끼발톱
    새끼줄 새끼_꼬 고양이_새끼 강아지_새끼 지랄탄 지랄락 염병학 미친_새벽 [가이]_닥쳐 눈앞에_닥쳐
    코앞에_닥쳐 닥쳐_[올온왔와오] 등신대 등신불 등신상 등신_크기 존나단 존나이스 존_나이 조까지
    조까진 조깜부기 쓰레기_새로 쓰레기_년도 쓰레기_년간 걸레같은_[천옷수행] 대가리_깨끗 개놈팡
    땅_따먹기 땅따먹기 또라이[브딩] 개시키로 개년_계획 개년_치 개년_동안 개년도 개년간 딸딸이_아빠
    딸딸이_엄마 딸딸이_맘 딸딸이네 [맘식남]충[분전격] 짱_깨끗 짱_깬 짱_꼴찌 틀_딱_[맞들]
    [이그저]쪽발[이은을도에] 양쪽발 뒤져[보봐봤볼본봄봅] 뒤져_[보봐봤볼본봄봅찾] 죽어[가간갈갔]
    죽어라_[공일뛰달연노운] 죽어도 죽어_있 죽어있 죽어서
"""

# Names of people, places and clubs; creatures, plants and things; other meanings of a word; and
# ordinary words that read like a listed one with its letters stretched (Shiite, tilt, goodies).
_ALLOWED_ENGLISH = """
    scunthorpe penistone twatt matsushita yamashita kinoshita morishita miyashita takeshita
    yoshit[aeosu] hoshit nishit[ao] toshit[aosu] ashita shitamachi imashita mashita shilton
    shitennoji harshit akshit ikshit ukshit kshitij kushit cushit brushite kuntz cummings
    alan_cumming cumming,_g cumming_georgia kike_hernandez kike_garcia kike_salas kike_perez
    chris_coon coons, senator_coons coon_rapids fck_kaiserslautern fck_lautern 1._fck 1.fck
    fck_copenhagen fck_københavn fck_gegen fck_fans fck_koln dick_van dick_cheney dick_clark
    dick_grayson dick_tracy dick_turpin dick_whittington dick_wolf dick_francis dick_durbin
    dick_gregory dick_cavett dick_vitale dick_smith dick_fosbury dick_and_jane philip_k._dick
    philip_k_dick moby_dick moby-dick tom,_dick tom_dick uncle_dick spotted_dick clinical_dick
    shitake shiitake shiite shitzu shittah shittim mishit ashitaba blotch goodie tilt tillite
    tittle splice pusslies niggun cocktail cockpit cock-a-doodle cock_a_doodle cock-a-hoop
    cock-and-bull cock_and_bull cock_robin cock_crow weather_cock cock_of_the cock_of_the_walk
    cock_an_e cock_his_head cock_her_head cock_its_head cock_the_gun cock_the_rifle
    cock_the_pistol cock_the_hammer stop_cock ball_cock hen_and_cock turkey_cock pussy_willow
    pussy_riot pussy_cat pussy-cat pussy-foot prick_your_finger prick_your_ear prick_his_
    prick_her_ prick_its prick_my_finger prick_up prick_the prick_of prick_test pin_prick
    pin-prick finger_prick skin_prick pricks_of blue_tit great_tit coal_tit marsh_tit willow_tit
    crested_tit bearded_tit long-tailed_tit tailed_tit tit_for_tat tit-for-tat tit_bit tit-bit
    cum_laude cum_dividend cum-ex cum_grano -cum- booby_trap booby-trap booby_prize booby_hatch
    footed_booby footed_boobies masked_booby brown_booby boobook booboo boob_tube bastard_sword
    bastard_file bastard_title bastardi[sz] retardant retardation retarder retarding retard_the
    retards_the retardan flame_retard fire_retard en_retard un_retard du_retard la_douche
    une_douche gel_douche coin_tosser caber_tosser chink_in_the_[awcdbsf] chinks_in_the_[awcdbsf]
    chink_in_his_armo chink_in_her_armo chink_in_its_armo chink_in_their_armo chink_in_your_armo
    chink_in_our_armo chink_in_my_armo chinks_in_his_armo chinks_in_her_armo chinks_in_their_armo
    chink_of_[lgchdsbm] chinks_of_[lgchdsbm] chink_between chinks_between spic_and_span
    spic-and-span spic_n_span maine_coon coon_hound coons_patch snigger niggard fag_end
    fag_bearing jackass_penguin laughing_jackass bit.ch wild_ass asses_milk ass's_milk
    law_is_an_ass ox_and_ass ox_and_the_ass ox_nor_his_ass ox_or_ass ass_and_cart screw_you_bought
    screw_you_need grape_her don't_kill_yourself dont_kill_yourself not_kill_yourself
    never_kill_yourself kill_yourself_lau don't_drink_bleach not_drink_bleach never_drink_bleach
    don't_hang_yourself not_hang_yourself when_stars_go_die
"""

MASKED = (*_MASKED_KOREAN.split(), *_MASKED_ENGLISH.split())
REFUSED = (*_REFUSED_KOREAN.split(), *_REFUSED_ENGLISH.split())
# Refused calls to die, which a line that tells whom to call instead may quote.
CALLS = (*_CALLS_KOREAN.split(), *_CALLS_ENGLISH.split())
ALLOWED = (*_ALLOWED_KOREAN.split(), *_ALLOWED_ENGLISH.split())
