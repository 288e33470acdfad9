"""What Korean passwords are most often made of, the likeliest first.

A list of our own: greetings and words of love, family, belief, animals, food, places, brands, games
and bands, and what a password is called itself. Each is also tried as its keys on a Latin layout.
"""

from __future__ import annotations

_WORDS = """
사랑해 사랑 안녕 안녕하세요 비밀번호 비번 암호 대한민국 사랑해요 사랑합니다 감사합니다 고마워 행복
천사 바보 엄마 아빠 오빠 언니 누나 동생 가족 친구 우리 우리집 하나님 예수님 예수 주님 하느님
부처님 감사 축복 은혜 평화 행복하자 행복해 화이팅 파이팅 아자아자 최고 대박 짱 미안해 보고싶다
보고싶어 좋아해 좋아 너만을 영원히 나의사랑 한국 서울 부산 대구 인천 광주 대전 울산 제주도 제주
경기도 강남 홍대 독도 코리아 만세 고양이 강아지 토끼 호랑이 사자 돼지 거북이 병아리 나비 곰돌이
멍멍이 야옹이 뽀로로 둘리 공주 왕자 여우 늑대 김치 라면 커피 치킨 피자 맥주 소주 떡볶이 초콜릿
딸기 사과 바나나 수박 우유 콜라 삼겹살 김밥 불고기 학교 선생님 학생 공부 대학교 고등학교 중학교
초등학교 합격 수능 영어 수학 회사 직장 부자 로또 돈벌자 축구 야구 농구 게임 컴퓨터 인터넷 노트북
핸드폰 스타크래프트 스타 리니지 메이플 메이플스토리 서든어택 롤 오버워치 네이버 다음 카카오
카카오톡 카톡 구글 삼성 현대 롯데 엘지 한화 두산 쿠팡 배민 당근 유튜브 페이스북 방탄소년단 방탄
아이유 빅뱅 소녀시대 동방신기 엑소 트와이스 블랙핑크 뉴진스 손흥민 김연아 박지성 신화 홍길동
김철수 김영희 민수 지훈 지민 지은 수지 민지 영수 철수 영희 현우 서연 민준 하늘 바다 구름 별님 달님
태양 봄여름 여름 가을 겨울 크리스마스 생일 생일축하 기념일 여행 음악 피아노 기타 영화 만화 무지개
장미 해바라기 멍청이 똥개 개새끼 시발 씨발 병신 미친놈 메롱 아무거나 몰라 몰라요 모름 귀찮아
왜그래 뭐야 그냥 나야나 관리자 테스트 로그인 패스워드 비밀 열려라참깨 접속 회원 손님 마스터 운영자
하하하 호호호 히히히 크크크
"""
WORDS: tuple[str, ...] = tuple(_WORDS.split())

# The same words as they are written in Latin letters.
ROMANISED: tuple[str, ...] = (
    *("saranghae", "sarang", "saranghaeyo", "annyeong", "annyeonghaseyo", "gamsahamnida"),
    *("daehanminguk", "hanguk", "haengbok", "chingu", "oppa", "eomma", "appa", "babo", "cheonsa"),
)
