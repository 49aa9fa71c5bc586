"""Words that passwords are made of, and the check whether one is little more than such a word.

The list is made for this, from what published statistics of leaks have at their top; a user's own
lists and Have I Been Pwned's go further. `derived_from` undoes what people do to such a
word: capitals, digits and symbols at the ends, "@" for "a".
"""

from __future__ import annotations

from collections.abc import Container
from functools import cache
from typing import Final

__all__ = ["COMMON_WORDS", "LEET", "common_base", "derived_from", "ranks", "stripped"]

#: In the order of their commonness, roughly.
_WORDS = """\
123456 123456789 12345678 password qwerty 12345 1234567 111111 1234567890 123123 abc123 1234
iloveyou password1 000000 qwerty123 1q2w3e4r admin qwertyuiop 654321 555555 lovely 7777777 welcome
888888 princess dragon 666666 monkey 123qwe sunshine letmein football master 121212 112233 shadow
baseball superman 987654321 1qaz2wsx asdfghjkl zxcvbnm asdfgh zxcvbn qazwsx qwe123 trustno1 starwars
whatever hello freedom ninja mustang michael jordan access flower hottie loveme zaq1zaq1 passw0rd
batman michelle jennifer jessica charlie daniel ashley nicole hunter killer soccer hockey george
andrew thomas robert matthew joshua anthony william amanda samantha andrea maggie ginger pepper
summer winter spring autumn fall january february march april june july august september october
november december monday tuesday wednesday thursday friday saturday sunday secret secret1 changeme
default guest root toor test testing test123 administrator user username login pass passwd pwd temp
temporary demo sample example public private server oracle mysql postgres database system manager
support service backup office company business computer internet network google facebook twitter
linkedin amazon apple microsoft windows linux ubuntu samsung nokia cisco adobe yahoo gmail hotmail
instagram youtube netflix pokemon pikachu minecraft fortnite roblox naruto batman1 spiderman ironman
gandalf matrix merlin phoenix thunder falcon eagle tiger lion panther jaguar cheetah wolf bear shark
dolphin horse puppy kitten cat dog bird fish buster cookie chocolate cheese banana orange lemon
cherry apple123 peanut butter coffee pizza chicken mexico london paris berlin madrid moscow tokyo
sydney canada america england france germany italy spain russia china india brazil texas california
florida chicago boston dallas houston denver newyork yankees lakers steelers cowboys eagles packers
patriots broncos raiders redsox arsenal chelsea liverpool barcelona realmadrid juventus manchester
united rangers celtic ferrari porsche mercedes corvette camaro harley yamaha honda toyota nissan
jeep ford chevy angel angels heaven jesus christ god faith church blessed believe lovelove love
lover loveyou iloveu forever friend friends family mother father mommy daddy sister brother baby
babygirl sweetie sweety honey sugar candy beautiful pretty sexy sexygirl bitch fuckyou fuck asshole
fucker biteme pussy dick cunt slut hello123 hellohello goodbye money dollar rich million lucky
winner champion legend hero king queen prince knight wizard magic mystic angel1 devil satan demon
vampire zombie ghost monster crazy stupid idiot moron loser hacker hacked cracker security secure
safety password123 password1234 password12 passwort motdepasse contrasena senha parola haslo
wachtwoord salasana heslo azerty qwertz abcdef abcdefg abcdefgh abcd1234 abcd a1b2c3 a1b2c3d4
aa123456 q1w2e3r4 q1w2e3 1q2w3e 1q2w3e4r5t 1qazxsw2 zaq12wsx qweasd qweasdzxc asdasd asdf asdf1234
qwer1234 qwerty1 qwertyu qazwsxedc poiuytrewq lkjhgfdsa mnbvcxz 147258369 159753 147258 258456
789456 789456123 456789 123321 112358 131313 141414 151515 202020 212121 232323 252525 101010 010203
102030 11111111 00000000 88888888 99999999 22222222 696969 420420 314159 271828 5201314 woaini
iloveyou1 iloveyou2 princess1 monkey1 dragon1 football1 baseball1 letmein1 welcome1 welcome123
admin123 admin1234 root123 adminadmin rootroot p@ssw0rd p@ssword pa55word pa55w0rd passpass
mypassword thepassword nopassword newpassword oldpassword mysecret topsecret supersecret
correcthorsebatterystaple correct-horse-battery-staple opensesame sesame abracadabra alexander
alexandra alexis alex anna maria marie sophie sophia emma olivia isabella mia emily victoria natalie
natasha katie kate lauren rachel rebecca sarah hannah laura julia claudia monica veronica vanessa
patricia barbara elizabeth margaret christine christina stephanie melissa heather brandon justin
jason kevin brian steven stephen patrick peter paul john johnny james david mark richard charles
joseph martin frank henry jack jake ryan tyler austin cameron dylan nathan samuel benjamin nicholas
jonathan christopher timothy edward eric scott gregory raymond carlos juan jose antonio miguel pedro
luis diego fernando roberto marco mario luigi giovanni francesco lorenzo hans fritz klaus stefan
andreas thomas1 wolfgang juergen pierre jacques michel ivan dmitri sergey olga svetlana mohamed
muhammad ahmed ali fatima yusuf omar hassan wang chen zhang kumar singh sharma purple yellow green
blue red black white silver golden gold diamond ruby crystal rainbow star stars moon sun sunny sky
ocean river mountain forest garden rose lily daisy jasmine violet butterfly snoopy garfield mickey
minnie donald tigger bambi barbie scooby shrek simpson bond007 rockyou rock metallica slipknot
nirvana eminem tupac 50cent blink182 greenday linkinpark beatles elvis madonna music guitar piano
drums dance dancer player gamer games gaming playboy playstation xbox nintendo zelda mario1 sonic
warcraft diablo starcraft counter halo blizzard engineer doctor teacher student school college
university science physics chemistry history english spanish french german chinese scooter rocket
racing runner skater surfer snowboard tennis golf basketball volleyball swimming softball cricket
rugby boxing karate kungfu bigdog bigboy blackie brandy bailey bandit bubba casper chester cooper
dakota duke fluffy gizmo lucky1 max midnight misty molly oreo oscar otis patches peaches prince1
princess2 rascal rocky rusty sadie samson sassy shelby simba smokey sparky spike spot tucker
whiskers willow winston ziggy zeus apollo athena hercules titan atlas neptune saturn jupiter mars
venus pluto galaxy cosmos startrek enterprise jedi yoda vader skywalker
"""
COMMON_WORDS: Final[tuple[str, ...]] = tuple(_WORDS.split())

#: What people write for a letter.
LEET: Final = str.maketrans("@4310!$5+7€", "aaeoiisstte")
#: Digits and symbols that may stand around a word without making it another: "2026!", "#1".
_ORNAMENT = 6
_LEAST_WORD = 4


def stripped(text: str) -> str:
    """Return text without the digits and symbols at its ends."""
    begin, end = 0, len(text)
    while begin < end and not text[begin].isalpha():
        begin += 1
    while end > begin and not text[end - 1].isalpha():
        end -= 1
    return text[begin:end]


def common_base(password: str) -> str | None:
    """Return the common word that a password is, with no more than ornaments; None if it is not."""
    return derived_from(password, ranks()) or derived_from(password.replace(" ", ""), ranks())


def derived_from(password: str, words: Container[str]) -> str | None:
    """Return the word that a password is, with no more than ornaments; None where it is none.

    Args:
        password: text of bounded length.
        words: in lower case.
    """
    lower = password.lower()
    for text in (lower, lower.translate(LEET)):
        if text in words:
            return text
    for text in (stripped(lower), stripped(lower.translate(LEET)), stripped(lower).translate(LEET)):
        if len(text) >= _LEAST_WORD and text in words and len(lower) - len(text) <= _ORNAMENT:
            return text
    half = lower[: len(lower) // 2]
    # "passwordpassword" is "password".
    return half if half and half * 2 == lower and half in words else None


@cache
def ranks() -> dict[str, int]:
    """Return each common word with its place in the list, from 1."""
    return {word: place for place, word in enumerate(COMMON_WORDS, 1)}
