"""Where full personal data may reach a browser (rule 7): everything else is masked by the service that made it."""

UNMASKED: dict[str, str] = {
    "/login": "in the demonstration only: its invented accounts, so that anybody can log in",
    "/upgrade": "in the demonstration only: the invented administrator whose data the last step asks for",
    "/applications/[application_id]": "what somebody fills in themselves, or has in an Excel file that they import: "
    "names, document numbers, addresses, phones, accounts, pay; nobody else opens it",
    "/unit/workbench/[review_id]": "what an agent of the unit handed in, for those of the unit who review it",
    "/cases/[case_id]": "what was handed in, and where its result goes, in whose name it is looked at; nobody else "
    "opens it",
    "/staff/login": "in the demonstration only: its invented officers",
    "/staff/cases/[desk_id]": "one case's data, asked for with a reason, and the recipient of a result that is to be "
    "sent; audited and limited",
    "/staff/search": "one person's data in a dialog, asked for with a reason, audited and limited",
}
"""By page: what is shown there, and why. A test walks every page as every role and holds the portal to this list."""
