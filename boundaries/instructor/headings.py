"""What platforms and registrars call the columns of a class list, in their own words and eight
languages."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

IDENTIFIERS = (
    "Identifier",
    "ID",
    "OrgDefinedId",
    "Username",
    "Email address",
    "ID number",
    "SIS Login ID",
    "SIS User ID",
    "Student ID",
)
"""Columns that tell students apart; the first that a class list has is written again in the gradebook."""

FULL, FIRST, LAST = "Full name", "First name", "Last name"

# English · German · Spanish · French · Italian · Portuguese · Dutch · Polish, as Moodle's language packs and
# registrars' exports have them.
_SAME = {
    "Identifier": "Kennung|Identificador|Identifiant|Identificativo|Identificatore|Identificatie|Identyfikator",
    "ID": "User ID|Canvas ID|Canvas user id|Nutzer-ID|Benutzer-ID",
    "OrgDefinedId": "Org Defined ID",
    "Username": (
        "User name|Login|Login ID|Login name|Benutzername|Anmeldename|Nutzername|Benutzerkennung"
        "|Nombre de usuario|Usuario|Nom d'utilisateur|Utilisateur|Nome utente|Utente"
        "|Nome de utilizador|Utilizador|Nome de usuário|Usuário|Gebruikersnaam|Nazwa użytkownika"
    ),
    "Email address": (
        "Email|E-mail|Mail|E-mail address|E-Mail-Adresse|Mailadresse"
        "|Correo|Correo electrónico|Dirección de correo|Dirección de correo electrónico"
        "|Dirección email|Courriel|Adresse de courriel|Adresse e-mail|Adresse électronique"
        "|Adresse mail|Indirizzo email|Indirizzo e-mail|Posta elettronica|Endereço de e-mail"
        "|Endereço de correio eletrónico|Correio eletrónico|E-mailadres"
        "|Adres e-mail|Adres poczty elektronicznej"
    ),
    "ID number": (
        "ID-Nummer|Número de ID|Número de identificación|Numéro d'identification"
        "|Codice identificativo|Numero ID|Número de identificação|Número ID|Numer ID"
        "|Numer identyfikacyjny"
    ),
    "Student ID": (
        "Student number|Student no|Matrikelnummer|Matrikel-Nr|Matr.-Nr.|Matrícula"
        "|Número de matrícula|Número de estudiante|Numéro étudiant|Numéro d'étudiant|N° étudiant"
        "|Matricola|Numero di matricola|Número de aluno|Número de estudante"
        "|Studentnummer|Studentennummer|Numer albumu|Nr albumu|Numer indeksu"
    ),
    FULL: (
        "Name|Student|Student name|Display name|Vollständiger Name|Teilnehmer/in|Studierende/r"
        "|Nombre completo|Nombre / Apellidos|Nombre y apellidos|Apellidos y nombre|Alumno|Estudiante"
        "|Nom complet|Prénom / Nom|Nom et prénom|Étudiant|Nome completo|Nome / Cognome"
        "|Cognome e nome|Studente|Aluno|Estudante|Volledige naam|Naam"
        "|Imię i nazwisko|Nazwisko i imię|Pełna nazwa"
    ),
    FIRST: "Given name|Forename|Vorname|Nombre|Prénom|Nome|Nome próprio|Voornaam|Imię",
    LAST: (
        "Surname|Family name|Nachname|Familienname|Apellido|Apellidos|Nom|Nom de famille"
        "|Cognome|Apelido|Sobrenome|Achternaam|Familienaam|Nazwisko"
    ),
}


def plain(text: str) -> str:
    """Text without case, accents and all that is neither letter nor digit.

    >>> plain("E-Mail-Adresse"), plain("student_id"), plain("Apellido(s)")
    ('emailadresse', 'studentid', 'apellidos')
    """
    return "".join(words(text))


def words(text: str) -> list[str]:
    """The words of a text, without case and accents."""
    # NFKD leaves these whole.
    text = text.casefold().translate({ord("ł"): "l", ord("ø"): "o", ord("đ"): "d", ord("ı"): "i"})
    letters = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", "".join(letters))


def meaning(heading: str) -> str:
    """The English heading that means the same; empty for one that says nothing about who somebody is.

    >>> meaning("Vollständiger Name"), meaning("student_id"), meaning("Section")
    ('Full name', 'Student ID', '')
    """
    return _meanings().get(plain(heading), "")


@cache
def _meanings() -> dict[str, str]:
    meanings: dict[str, str] = {}
    for english, others in _SAME.items():
        for heading in (english, *others.split("|")):
            meanings.setdefault(plain(heading), english)
    for english in IDENTIFIERS:
        meanings[plain(english)] = english
    return meanings
