export const OWNER = "eblume";
export const repositoryNames = Array.from({ length: 50 }, (_, index) => `repository-${index}`);
export const secretNames = Array.from({ length: 20 }, (_, index) => `SECRET_${index}`);
