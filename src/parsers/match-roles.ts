/**
 * Names of a network's outputs by role: a name has the role that it is, or ends with after `_` or `/`. Where no name has
 * any and there are as many as roles, they are taken by position.
 *
 * @returns without the roles that no name has.
 */
export function matchRoles(roles: readonly string[], names: readonly string[]): Record<string, string> {
  const found = roles.flatMap((role) => {
    const name = names.find((one) => one === role || one.endsWith(`_${role}`) || one.endsWith(`/${role}`));
    return name === undefined ? [] : [[role, name] as const];
  });
  const byPosition = found.length === 0 && names.length === roles.length;
  return Object.fromEntries(byPosition ? roles.map((role, i) => [role, names[i]!]) : found);
}
