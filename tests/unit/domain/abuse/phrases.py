"""Labelled phrases, one a line: ABUSIVE must be masked or refused, INNOCENT must pass untouched.

Written for this project; `\\u200b` and the like are invisible characters between the letters.
"""

from __future__ import annotations

_ABUSIVE = """
시발
시발 뭐야
아 시발 진짜
아시발
야 이 시발놈아
시발새끼
시발년아
씨발
씨발 새끼
진짜씨발
존나씨발
그래서씨발어쩌라고
쉬발
슈발놈아
씨벌
씨팔
씨빨
시바
씨바
시팔
씹새끼
씹창났네
ㅅㅂ
ㅅㅂ 뭐야
아 ㅅㅂ
ㅋㅋㅋㅅㅂ
ㅅㅂㅋㅋㅋ
ㅆㅂ
ㅅㅂ놈
그래서ㅅㅂ
ㅅㅣㅂㅏㄹ
ㅆㅣㅂㅏㄹ
ㅅ ㅣ ㅂ ㅏ ㄹ
ㅅ ㅂ
시 발
씨 발
야 시 발
시 발 놈아
시.발
씨.발
시1발
씨1발놈아
시@발
시~발
시♥발
시-발
시*발
씨_발
시x발
시이발
씨이이이발
씨바ㄹ
씨ㅂㅏㄹ
ㅅl발
ㅅㅣ발
ㅆl발
시ㅂㅏㄹ
ㅅ발
ㅆ발
시ㅂ
씨ㅂ 뭐래
씨8
시8
ㅅ8
18놈아
18새끼
시\u200b발
시\u200b\u200d발\ufeff놈
ㅅ\u200bㅂ
씨\u00ad발
\u1109\u1175\u1107\u1161\u11af
ﾲﾵ
㉦㉥
병신
병신아
이 병신아
진짜병신같네
병신새끼
븅신
빙신아
병1신
병 신
병.신
병신ㅋㅋㅋ
병ㅅ
ㅂ신
ㅂㅅ
ㅂㅅ아
ㅂㅅㅋㅋ
ㅂ ㅅ
ㅄ
ㅄ새끼
ㅂㅕㅇㅅㅣㄴ
병\u200b신
개새끼
야 이 개새끼야
개새끼들
개새키
개쉐끼
개섀끼
개색끼
개 새 끼
개.새.끼
개1새1끼
개새1끼
ㄱㅐㅅㅐㄲㅣ
ㄱㅅㄲ
개ㅅㄲ
ㅅㄲ야
이 새끼가
이새끼
저 새끼 뭐냐
그새끼
이 새낀 뭐야
미친놈
미친년
미친 놈
미친새끼
미친 새끼야
썅
아 썅
썅년
쌍놈
쌍년
지랄
지랄하네
개지랄
ㅈㄹ
ㅈㄹ하네
ㅈ랄
지1랄
지 랄
ㅈㅣㄹㅏㄹ
염병하네
엠병
존나
존나 짜증나
ㅈㄴ 싫어
좆같네
좆
좆까
좇같다
ㅈ같네
조까
닥쳐
닥쳐라
입 닥쳐
아가리 닥쳐
주둥이 닥치고
엿 먹어라
뒈져
뒈져라
뒤질래
느금마
니애미
니에미
니미럴
느그애미
느그어미
ㄴㄱㅁ
엠창
창녀
창녀같은
걸레년
화냥년
개보지
찐따
찐따새끼
등신
등신아
이런 등신
머저리
돌대가리
빡대가리
쓰레기 새끼
쓰레기 같은 놈
또라이
또라이 아냐
호로새끼
개자식
개년
개잡놈
육시랄
호래자식
한남충
김치녀
된장녀
맘충
틀딱
급식충
짱깨
짱꼴라
쪽바리
쪽발이
깜둥이
똥꼬충
전라디언
장애새끼
자살해라
나가 뒤져
나가 죽어
가서 죽어
죽여버린다
죽여 버린다
칼로 찌른다
강간한다
널 따먹고 싶다
tlqkf
tlqkf 뭐야
qudtls
sibal
ssibal nom
gaesaekki
fuck
fuck you
what the fuck
FUCK
Fucking hell
motherfucker
unfuckingbelievable
fuuuuuck
f u c k
f.u.c.k
f-u-c-k
f*ck
f**k
f_u_c_k
fu ck you
fvck
fuk you
fck
phuck
ｆｕｃｋ
ＦＵＣＫ
𝓯𝓾𝓬𝓴
𝐟𝐮𝐜𝐤 𝐲𝐨𝐮
ⓕⓤⓒⓚ
🅵🆄🅲🅺
fսck
fυck
fu\u0441k
\u0455hit
f\u200bu\u200bc\u200bk
fu\u0336c\u0336k
fùck
ꜰᴜᴄᴋ
shit
bullshit
holy shit
sh1t
5hit
sh!t
s h i t
s.h.i.t
s**t
sh*t
shiiiit
SHIT!!!
$hit
bitch
b1tch
b!tch
bi7ch
b i t c h
bitches
son of a bitch
biatch
asshole
a55hole
@sshole
a s s h o l e
assh0le
dumbass
jackass
kiss my ass
a$$
ass
cunt
c u n t
cun7
сunt
dick
d1ck
you are a dick
dickhead
d i c k
pussy
pu$$y
cock
c0ck
cocksucker
prick
what a prick
bastard
b@stard
whore
wh0re
slut
siut
s1ut
skank
twat
wanker
bollocks
tosser
dipshit
shithead
clusterfuck
douchebag
scumbag
piss off
screw you
blowjob
tits
boobs
stfu
gtfo
nigger
n1gger
n i g g e r
nigga
faggot
f@ggot
fag
tranny
chink
kike
gook
retard
retarded
r3tard
kys
kill yourself
go kill yourself
k1ll yourself
go die
hang yourself
i will rape you
f u ck
c.u.n.t
ni99er
fu.ck
sh.it
ass-hole
bi+ch
fuxk
쉬이발
병쉰
존1나
ㅈ1랄
개쉑
쓰레기년
s발
시bal
시벌놈
야이씨발새끼야
씨발, 뭐라고?
"병신"이라고 했냐
(시발)
시발!!!!
ㅅㅂ...
아나 ㅅㅂ 진짜
니가 병신이지
개새끼가 어디서
미친년이 지랄하네
씨 발 새 끼
병 신 새 끼
존 나
지.랄.하.네
what an asshole!
this is bullshit, man
you little bitch
shut up, bitch
fuckin' idiot
f#ck
ѕһіt
"""

_INNOCENT = """
시발점
사건의 시발점이 되었다
시발역에서 출발합니다
시발 택시는 국산 첫 택시였다
다시 발견했다
다시 발송해 주세요
역시 발이 편하다
혹시 발표 자료 있어요?
일시: 발표는 3시.
12시 발 기차표 있어요?
12 시 발 기차
몇 시 발 비행기야?
3시발 열차
도시 발전 계획
도시발전연구원
동시 발생
즉시 발급
철수 씨 발 다쳤대
김 씨 발 아파
김씨 발표 순서
솜씨발휘
말씨 발음이 좋다
불씨 발견
씨발아율 실험
날씨 발표
시바견 귀엽다
우리 시바이누 보여줄까
고양이 새끼
고양이 새끼가 태어났어
강아지 새끼 세 마리
새끼손가락
새끼손가락 걸고 약속
새끼발가락을 찧었다
새끼줄을 꼬다
새끼 고양이 입양
새끼 강아지
이 새끼 고양이 너무 귀엽다
이 새끼 강아지 이름이 뭐야
우리 개 새끼 낳았어
아이 새끼
새끼를 낳은 어미
간병신청서
질병신고는 보건소로
질병 신고
병 신청
병신청
문병 신청합니다
그 병 신기하네
화병 신상품
지랄탄은 역사책에 나온다
오지 라면
전염병
전염병 예방
감염병 관리
염병학
의존나무
의존 나라
생존 나눔
보존 나무
공존 나라
옷부터 사자
웃보다
있는 밥상
없습니다
값싼 물건
맛있습니다
ㄱㅅ
ㅈㅅ
ㅅㄱ
ㅇㅋ
ㅂㅂ
ㅇㅈ
ㄴㄴ
ㄱㄱ
ㅋㅋㅋㅋ
ㅎㅎㅎ
ㅠㅠ
ㅗ
보지 마
그거 보지 마세요
여보지금 어디야
자지 말고 기다려
잠을 자지 않았다
보직 변경
위기가 닥쳐왔다
위기가 닥쳐도 괜찮아
추위가 닥쳐 왔다
눈앞에 닥쳐서야
창녕에 갔다
창 너머 풍경
창조까지 했다
제조까지 책임집니다
3조까지 오른다
시조까지 외운다
팔등신
팔등신 모델
일등신랑감
등신대 판넬
평등 신념
가로등 신호
개나리 새순
무지개 색
무지개색 끈
베개 새것
번개 새벽
조개 색깔
육개장
쌍둥이
미친 듯이 달렸다
미친 새벽 감성
나는 너에게 미친 사랑
꿈을 좇아 달린다
유행을 좇는다
사과를 따먹자
땅따먹기 하자
감을 따먹고 왔다
또 라이브 해?
또 라면 먹어
쓰레기 새로 산 봉투
쓰레기를 버려
호로록
좋은 아침입니다
오늘 회의는 3시에 시작합니다
점심 뭐 먹을래요?
18년 동안 살았다
2018년
10시 8분
7시8분
5개년 계획
3개년 계획
한 남자 충격
김치 녀석
급식 충전
된장 녀석
나가 주세요
나가 죽을 먹자
자살 예방 상담
칼로 찢다
느금
니 애인
니미츠 제독
빙신청
비속어를 쓰지 마세요
엿 먹고 싶다
가래엿
걸레로 닦아
걸레 같은 천
등산 신발
새 신발
신발
신발끈
운동화 신발
십팔
욕설 금지
class
classic
first class
pass
passing by
assassin
assassination
assess the assets
assume
assistant
embassy
grass
brass band
bass guitar
compass
massive
harass
Scunthorpe
I live in Scunthorpe
Penistone
shitake mushrooms
shiitake
Matsushita
push it
hush it up
this hit song
Adele's hit song
let's hit the road
Model S hit 300
iPhone 5s hit the market
who re-opened it
who are you
cocktail
cockpit
peacock
hancock
shuttlecock
Moby Dick
Dick Van Dyke
Dickens
Dickinson
Philip K. Dick
Fukuoka
Fukushima
Fukuda
Galaxy A55
a55 phone
F49
455
8am and 5pm
1st and 2nd
titan
title
titanic
tit for tat
great tit
blue tits
constitution
competition
cumulative
document
circumstance
cucumber
magna cum laude
snigger
niggardly
chink in the armor
chinchilla
spicy
spic and span
despicable
Maine coon
raccoon
cocoon
tycoon
fire retardant
retardant foam
pussycat
pussy willow
prickly pear
prick your finger
slutsky
whoever
thesis
analysis
analyst
therapist
grapefruit
drapes
scrape
go diet
go diesel
skyscraper
basement
button
butter
buttons
push-it
hello
hell
damn
dam
swank
swanky
booby trap
boobook owl
fagus
f major
f u
a b c
i c u
as soon as possible
as if
bit chilly
bit.ch
the pen is mightier
pen.is
youtu.be/aFuckQx1
https://example.com/assets/ShItx9
7b3d84ce-faa6-4032-ba49-58137beaca9c
주문번호 7B3D84CE-FAA6-4032-BA49-58137BEACA9C 입니다
kystudy
sussex
Essex
Middlesex
Arsenal
arsenic
Wankel
dike
dyke
kiking
mishit
hitachi
she's hit it
it's itchy
b itself
2*pi*r
c*m
a*s
안녕하세요
주소는 서울시 발산동
강서구 발산역
택시 발렛
시 발전
시 발행
시민 발언
시 낭송
시 쓰기
Cockburn
Hitchcock
Titus
Assad
Bassett hound
Cumbria
Nigeria
Niger river
Nigel
Fuchs
Focke-Wulf
Shih Tzu
Schitt
Essen
cocky
dictionary
predict
addict
Arsene
parse the file
sparse
coarse
varsity
twitter
sweater
bitcoin
orbit change
rabbit chow
exhibit charts
basic unit
focus
function
fukurou
luck
duck
sock it
black cockatoo
classic cars
mass shipment
pass hole punch
his hitting average
British history
finish it
wash it
fish itself
finished
shift
shirt
sheet
shot
bitter
pitch
witch
stitch
ditch
glass hive
assert x
as_sert
pussyfoot
recount
country
accountant
discount
counter
scuttle
회의 시작 10분 전
이번 시즌 발표
전시 발굴
당시 발언
다시, 발견
잠시 발걸음을 멈췄다
표시 발광
임시발령
수시 발표
입시 발표
반드시 발송
병원 신관
병의 신호
나병신화
새로운 끼
개 세 마리
개가 새를 봤다
무지개 새끼줄
그 새 끼니를 걸렀다
이 색 기억나?
그 색 끼워 줘
저 색이 예쁘다
조깅
지난 라운드
쌍용차
존 나이
존나단
엠블럼
닥터
닥쳐올 미래
뒤지다
아가리를 벌린 악어
창문
찐빵
등산
또라
한남동
한남대교
짱
쪽파
급식
된장찌개
김치찌개
맘마
틀니
"""

ABUSIVE = tuple(line for line in _ABUSIVE.splitlines() if line)
INNOCENT = tuple(line for line in _INNOCENT.splitlines() if line)
