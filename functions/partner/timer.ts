import { app } from '@azure/functions';
import { refreshPartnerships } from '../../shared/partner/refreshPartnerships';
import { services } from '../services';

/** Before the first of the working day looks. */
const schedule = '0 45 3 * * *';

export const scheduledPartners = async (): Promise<void> => {
  const { partners } = await services();
  await refreshPartnerships(partners);
};

app.timer('scheduledPartners', { schedule, handler: scheduledPartners });
