"""What the columns of rosters and worksheets are called, in the languages of platforms, registries and people. Pure.

Names are folded to letters and digits; of several columns of a kind the first that is filled in a row is taken.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final


def alnum_key(text: str) -> str:
    """Fold a name for comparing: letters and digits alone, as exports keep of it."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).strip().casefold()))


def _folded(*names: str) -> tuple[str, ...]:
    """Fold names; a bar stands between those on one line."""
    return tuple(dict.fromkeys(alnum_key(name) for line in names for name in line.split("|")))


NUMBERS: Final = _folded(
    "ID number|Student ID|Student number|Student no|SID|SIS User ID|OrgDefinedId|Registration number|EMPLID",
    "Matriculation number|Matriculation no|Matrikelnummer|Matrikelnr|Matrnr|Matrikel|Mtknr|Studierenden-ID",
    "Institutionsnummer (Matrikelnummer)|SIS-Benutzer-ID|ID utilisateur SIS|Numéro d'identification|Numéro étudiant",
    "Número de ID|Número de identificação|Número de matrícula|Matrícula|Matricola|Studentnummer|Numer albumu|Nr albumu",
    "Osobní číslo|UČO|Neptun-kód|Personnummer|Studienummer|Opiskelijanumero|Öğrenci No|Öğrenci Numarası",
    "ID-Nummer|ID-nummer|Identifikationsnummer|Identifikační číslo|Identifikačné číslo|Identifikacijski broj|Numer ID",
    "Identifikacijska številka|Număr de identificare|Codice identificativo|Numer identyfikacyjny|Azonosítószám",
    "Tunnistenumero|ID-numero|Kimlik numarası|Идентификационный номер|Индивидуальный номер|Ідентифікаційний номер",
    "Номер студенческого билета|Номер зачетной книжки|Номер залікової книжки|Αριθμός Μητρώου|ΑΜ",
    "学号|學號|学生编号|学生号|学籍番号|学生番号|학번|الرقم الجامعي|رقم الطالب|מספר סטודנט|תעודת זהות|מספר זהות",
)
LOGINS: Final = _folded(
    "Login|Username|User name|NetID|SIS Login ID|Login ID|Benutzername|Anmeldename|Kennung|Nutzerkennung|Nutzernamen",
    "SIS-Anmelde-ID|ID de connexion SIS|Nom d'utilisateur|Nombre de usuario|Nome de usuário|Nome utente|Gebruikersnaam",
    "Nazwa użytkownika|Uživatelské jméno|Användarnamn|Brukernavn|Brugernavn|Käyttäjätunnus|Kullanıcı adı|Логин",
    "Имя пользователя|Όνομα χρήστη|用户名|登录名|使用者名稱|帳號|ユーザ名|ユーザー名|사용자 이름|아이디",
    "اسم المستخدم|שם משתמש",
)
EMAILS: Final = _folded(
    "Email|Email address|Mail|E-Mail-Adresse|Mailadresse|EMAIL_OF_STUDENT|Adresse de courriel|Courriel|Adresse e-mail",
    "Dirección de correo|Correo electrónico|Correo|Endereço de e-mail|Indirizzo email|E-mailadres|Adres e-mail",
    "E-mailová adresa|E-postadress|E-post|E-postadresse|Sähköpostiosoite|Sähköposti|E-posta|E-posta adresi|Почта",
    "Адрес электронной почты|Электронная почта|Електронна пошта|User principal name|UPN",
    "邮箱|电子邮件|电子邮件地址|电子邮箱|Email 地址|電子郵件|電子郵件地址|電子郵件信箱|メールアドレス|メール",
    "이메일|이메일 주소|البريد الإلكتروني|عنوان البريد الإلكتروني",
    "דואר אלקטרוני|כתובת דואר אלקטרוני|כתובת דואל|דואל",
)
WHOLE_NAMES: Final = _folded(
    "Name|Full name|Student name|Student|Display name|Legal name|Vollständiger Name|Name, Vorname|Nachname, Vorname",
    "Last name, first name|Last, First|Nom complet|Nom et prénom|Nombre completo|Apellidos y nombre|Nome completo",
    "Volledige naam|Étudiant|Imię i nazwisko|Celé jméno|Jméno a příjmení|Név|Teljes név|Namn|Navn|Nimi|Ad Soyad",
    "Adı Soyadı|ФИО|Полное имя|ПІБ|Ονοματεπώνυμο|姓名|全名|学生|學生|学生姓名|氏名|フルネーム|성명|이름|학생",
    "الاسم|الاسم الكامل|اسم الطالب|שם|שם מלא|Preferred name",
)
FIRST_NAMES: Final = _folded(
    "First name|First names|Given name|Given names|Forename|Forenames|Vorname|FIRST_NAME_OF_STUDENT|Prénom|Prénoms",
    "Křestní jméno|Krstné meno|Meno|Ime|Prenume|Eesnimi|Vardas|Vārds|Izena|Rufname|Nome próprio|Primeiro nome|Име",
    "Nombre|Nombres|Nome|Voornaam|Imię|Jméno|Keresztnév|Förnamn|Fornavn|Etunimi|Adı|Имя|Ім'я|Όνομα",
    "名|名字|名前|الاسم الأول|שם פרטי",
)
LAST_NAMES: Final = _folded(
    "Last name|Last names|Surname|Family name|Nachname|Familienname|FAMILY_NAME_OF_STUDENT|Nom|Nom de famille",
    "Apellidos|Apellido|Sobrenome|Cognome|Achternaam|Nazwisko|Příjmení|Vezetéknév|Efternamn|Etternavn|Sukunimi",
    "Priezvisko|Priimek|Prezime|Nume|Nume de familie|Perekonnanimi|Perenimi|Pavardė|Uzvārds|Abizena|Abizenak|Cognoms",
    "Apelido|Apelidos|Último nome|Презиме|Фамилно име|Zuname|Famille|الاسم الأخير",
    "Soyad|Soyadı|Фамилия|Прізвище|Επώνυμο|姓|姓氏|성|اسم العائلة|שם משפחה",
)
SECTIONS: Final = _folded(
    "Section|Sections|Sektion|Gruppe|Group|Gruppen|Groups|Abschnitt|Übungsgruppe|Tutorium|Tutorial|Groupe|Groupes",
    "Sección|Grupo|Seção|Turma|Sezione|Gruppo|Groep|Sectie|Grupa|Skupina|Grupp|Ryhmä|Şube|Группа|Група|Τμήμα",
    "班级|班級|教学班|组别|小组|小組|グループ|クラス|분반|반|الشعبة|קבוצה",
)
ROLES: Final = _folded("Role|Roles|Rolle|Rollen|Rôle|Rôles|Rol|Ruolo|Papel|Rola|Роль|角色|ロール|역할|الدور|תפקיד")
MEMBERS: Final = _folded(  # of a team
    "Students|Members|Mitglieder|Member|Mitglied|User ID|User identifier|Membres|Membre|Miembros|Miembro|Membros",
    "Membri|Leden|Członkowie|Členové|Medlemmar|Medlemmer|Jäsenet|Üyeler|Участники|Учасники|Μέλη|成员|成員|メンバー|구성원",
    "الأعضاء|חברים",
)
IDENTIFIERS: Final = (*NUMBERS, "id", *LOGINS)
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "identifier": (*IDENTIFIERS, *EMAILS, "identifier", "student", *WHOLE_NAMES),
    "name": WHOLE_NAMES,
    "first": FIRST_NAMES,
    "last": LAST_NAMES,
    "email": EMAILS,
    "submission": ("submission", "path", "file"),
    "submitted": (
        "submittedat", "submitted", "submissiontime", "timestamp", "lastmodifiedsubmission", "zuletztgeändertabgabe",
    ),
    "extension": ("extension", "extended"),
    "team": ("team", "teams", "teamname", "projektgruppe"),
    "section": SECTIONS,
    "role": ROLES,
}  # fmt: skip
KEY_COLUMNS: Final[Mapping[str, str]] = {
    **dict.fromkeys((*NUMBERS, "identifier"), "id"),
    **dict.fromkeys(LOGINS, "login"),
    **dict.fromkeys(EMAILS, "email"),
    **dict.fromkeys(("github", "githubusername", "githublogin", "githubid"), "github"),
    "canvasid": "canvas",
}
# What Moodle calls a student by number in its worksheets.
PARTICIPANTS: Final = (
    "participante", "participant", "teilnehmer/in", "teilnehmer", "deelnemer", "partecipante", "deltager", "deltagare",
    "osallistuja", "uczestnik", "kat\u0131l\u0131mc\u0131", "участник", "учасник", "účastník", "résztvevő",
    "συμμετέχων", "参与者", "參與者", "参加者", "참가자", "مشارك", "משתתף",
)  # fmt: skip
# What says in a worksheet whether a row may be changed.
YES: Final = frozenset(_folded("Yes|Ja|Oui|Sí|Sim|Sì|Tak|Ano|Kyllä|Evet|Igen|Да|Так|Ναι|是|はい|예|نعم|כן"))
NO: Final = frozenset(_folded("No|Nein|Non|Não|Nee|Nej|Nei|Nie|Ne|Ei|Hayır|Nem|Нет|Ні|Όχι|否|いいえ|아니요|لا|לא"))
_SIS: Final = re.compile(r"(?<![A-Za-z])SIS(?![A-Za-z])")  # what a school keeps its students in, and no thesis
CANVAS_NUMBERS: Final = ("sisuserid", "sisloginid")  # in this order beside Canvas's own number, in every language


def named_columns(cells: Sequence[str]) -> list[str]:
    """Fold the names of columns; Canvas's get their English names, which stand in one order in every language."""
    header = [alnum_key(cell) for cell in cells]
    places = [place for place, cell in enumerate(cells) if _SIS.search(cell)]
    if "id" not in header or not places or min(places) < header.index("id"):
        return header
    names = dict(zip(places, CANVAS_NUMBERS, strict=False))
    if header.index("id") == 1:
        names[0] = "student"
    return [names.get(place, name) for place, name in enumerate(header)]


def places_of(header: Sequence[str], *kinds: Sequence[str]) -> list[int]:
    """Return the places of columns, those of the first kind before those of the next."""
    names = [alnum_key(cell) for cell in header]
    return [place for kind in kinds for place, name in enumerate(names) if name in kind]


def is_participant(text: str) -> bool:
    """Return whether a cell is Moodle's number of a student, `Participant 4711`."""
    word = text.strip().casefold().rstrip("0123456789").strip()
    return word in PARTICIPANTS and text.strip()[-1:].isdecimal()
