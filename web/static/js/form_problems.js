// Which text belongs to which field of a form: what a refusal says, shared out. Touches no document.

/** Names of the fields that are empty though they must not be; `values` are texts by name. */
export const missingFields = (required, values) =>
  required.filter((name) => !String(values[name] ?? "").trim());

/** The field's name in the form: the API names the entry of a list as `participants.1`. */
const inForm = (field) => String(field ?? "").split(".")[0];

/** Every problem of a refusal as `{ field, text }`, each field's first one; `text` is for the whole. */
function problemsOf(details, text) {
  const several = Array.isArray(details?.problems) ? details.problems : [];
  if (several.length < 2) return [{ field: inForm(details?.field), text }];
  return several.map(({ field, message }) => ({ field: inForm(field), text: message }));
}

/** A refusal shared out: `fields` is a Map of name to text for the form's `names`, `rest` the other
 *  texts. Nothing is lost and nothing stands twice. */
export function sharedOut(details, text, names) {
  const fields = new Map();
  const rest = [];
  for (const problem of problemsOf(details, text)) {
    const isThere = names.includes(problem.field) && !fields.has(problem.field);
    if (isThere) fields.set(problem.field, problem.text);
    else if (problem.text && !rest.includes(problem.text)) rest.push(problem.text);
  }
  return { fields, rest };
}
